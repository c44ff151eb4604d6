import type { BusUnit, EpochState } from '../epoch.ts';
import { leadingTrack, startsAtKeyUnits } from '../leading-track.ts';
import { tracksMatch } from '../track-label.ts';
import { Attachment } from './attachment.ts';
import { catchUpFor, NO_CATCH_UP } from './catch-up.ts';
import { GopCache } from './gop-cache.ts';
import type { AttachOptions, CatchUp, GopCacheMode, HubLimits, HubReader } from './hub-reader.ts';

export interface HubOptions<Frame> {
  readonly path: string;
  /** The path's key `gopCache`. */
  readonly gopCache: GopCacheMode;
  /** Called at most once a unit, and only when a reader takes it. */
  readonly prepare: (unit: BusUnit) => Frame;
  readonly limits: HubLimits;
  readonly figures?: HubFigures;
}

/** Of all hubs of a gateway. */
export interface HubFigures {
  gaps: number;
  unitsLost: number;
  unitsSkipped: number;
  nowMs(): number;
  /** A reader got the first unit that it can show so long after it was attached. */
  firstUnit(waitedMs: number): void;
}

/** What the bus writes an epoch into. */
export interface HubSink {
  state(state: EpochState): void;
  unit(unit: BusUnit): void;
  gap(unitsLost: number): void;
  end(reason: string): void;
}

/**
 * Local fan-out of a path: one bus subscription in, any number of readers out.
 *
 * Shape:    a bus sink (`state`, `unit`, `gap`, `end`) on one side, `attach` and `detach` on the other; everything is synchronous.
 * Epochs:   units and states of lower epochs than the current one are dropped. A higher epoch that continues the current one with
 *           matching tracks is spliced: readers go on at its first key unit. Any other ends the readers.
 * Losses:   after a gap, deltas of a track are not delivered before its next key unit. A slow reader skips (`ReaderGate`).
 * Errors:   what a reader throws ends that reader; what `prepare` throws loses that unit and is counted.
 * Aliasing: a frame is shared by all readers of the unit.
 */
export class Hub<Frame> implements HubSink {
  readonly path: string;
  /** Units that `prepare` refused, and why it refused the last of them. */
  unitsInError = 0;
  lastError: unknown = undefined;
  /** Units that the bus lost. */
  unitsLost = 0;
  private readonly options: HubOptions<Frame>;
  private readonly cache = new GopCache();
  private current: EpochState | undefined;
  private leadingId = 0;
  private leadingHasDeltas = false;
  private attachments: readonly Attachment<Frame>[] = [];
  private readonly byReader = new Map<HubReader<Frame>, Attachment<Frame>>();
  /** By track id: 1 for a track with deltas. */
  private hasDeltas: Uint8Array = new Uint8Array(0);
  /** By track id: 1 while deltas are of no use to anyone. */
  private awaitsKey: Uint8Array = new Uint8Array(0);

  constructor(options: HubOptions<Frame>) {
    this.path = options.path;
    this.options = options;
  }

  /** The epoch that is being read, with the latest revision of its description. */
  get epochState(): EpochState | undefined {
    return this.current;
  }

  get readerCount(): number {
    return this.attachments.length;
  }

  /** Units that this reader skipped because its queue was full; 0 when it is not attached. */
  unitsSkippedBy(reader: HubReader<Frame>): number {
    return this.byReader.get(reader)?.gate.unitsSkipped ?? 0;
  }

  /** From now on the reader gets live units, after the catch-up that is returned. Errors: a reader that is attached already. */
  attach(reader: HubReader<Frame>, options: AttachOptions): CatchUp {
    if (this.byReader.has(reader)) throw new Error(`the reader is attached to the path '${this.path}' already`);
    const attachment = new Attachment(reader, options, this.options.limits);
    this.byReader.set(reader, attachment);
    this.attachments = [...this.attachments, attachment]; // a copy: `unit` may be walking the old list
    attachment.attachedMs = this.options.figures?.nowMs() ?? -1;
    if (this.current === undefined) return NO_CATCH_UP;
    attachment.adopt(this.current.description);
    if (!options.instantStart) return NO_CATCH_UP;
    const catchUp = catchUpFor(attachment, this.cache.units, this.options.gopCache, this.current.description);
    if (catchUp.units.length > 0) this.started(attachment);
    return catchUp;
  }

  /** Nothing follows. Idempotent. */
  detach(reader: HubReader<Frame>): void {
    const attachment = this.byReader.get(reader);
    if (attachment === undefined) return;
    attachment.detached = true;
    this.byReader.delete(reader);
    this.attachments = this.attachments.filter((other) => other !== attachment);
  }

  /**
   * The sink for one epoch's subscription, while a successor's may be open beside it: what comes from it once a higher epoch is
   * current, its end included, changes nothing.
   */
  sink(epoch: number): HubSink {
    const isCurrent = (): boolean => this.current === undefined || this.current.epoch <= epoch;
    return {
      state: (state) => this.state(state),
      unit: (unit) => this.unit(unit),
      gap: (unitsLost) => (isCurrent() ? this.gap(unitsLost) : undefined),
      end: (reason) => (isCurrent() ? this.end(reason) : undefined),
    };
  }

  state(state: EpochState): void {
    const current = this.current;
    if (current !== undefined) {
      if (state.epoch < current.epoch) return;
      if (state.epoch === current.epoch) {
        if (state.description.revision <= current.description.revision) return; // the bus repeats it before each key unit
        this.current = state;
        this.describeToReaders(state);
        return;
      }
    }
    const spliced = current !== undefined && state.continues === current.epoch && tracksMatch(current.description, state.description);
    if (current !== undefined && !spliced) this.endReaders(reasonOfChange(current, state));
    this.open(state);
    if (spliced) this.describeToReaders(state);
    else for (const attachment of this.attachments) attachment.adopt(state.description);
    if (spliced) this.awaitsKey.set(this.hasDeltas);
  }

  unit(unit: BusUnit): void {
    const trackId = unit.trackId;
    if (this.current === undefined || unit.epoch !== this.current.epoch || trackId >= this.awaitsKey.length) return;
    if (unit.key) this.awaitsKey[trackId] = 0;
    else if (this.awaitsKey[trackId] === 1) return;
    if (this.leadingHasDeltas && this.options.gopCache !== 'off') this.cache.push(unit, trackId === this.leadingId);
    const attachments = this.attachments;
    let frame: Frame | undefined;
    let prepared = false;
    for (let i = 0; i < attachments.length; i++) {
      const attachment = attachments[i]!;
      if (!this.admits(attachment, unit)) continue;
      if (!prepared) {
        try {
          frame = this.options.prepare(unit);
        } catch (error) {
          this.unitsInError++;
          this.lastError = error;
          return;
        }
        prepared = true;
      }
      if (attachment.attachedMs >= 0 && unit.key && trackId === attachment.leadingId) this.started(attachment);
      try {
        attachment.reader.write(unit, frame as Frame);
      } catch (error) {
        this.fail(attachment, error);
      }
    }
  }

  gap(unitsLost: number): void {
    this.unitsLost += unitsLost;
    const { figures } = this.options;
    if (figures !== undefined) {
      figures.gaps++;
      figures.unitsLost += unitsLost;
    }
    this.awaitsKey.set(this.hasDeltas);
    this.cache.clear();
  }

  /** The epoch is over: its readers are ended, and a later epoch finds the hub empty. */
  end(reason: string): void {
    this.cache.clear();
    this.awaitsKey.set(this.hasDeltas);
    this.endReaders(reason);
  }

  private admits(attachment: Attachment<Frame>, unit: BusUnit): boolean {
    const trackId = unit.trackId;
    if (attachment.detached || attachment.takes[trackId] !== 1) return false;
    const gate = attachment.gate;
    const admitted = gate.admit(unit.key, trackId === attachment.leadingId, attachment.leadingHasDeltas, attachment.reader);
    if (!admitted) {
      if (this.options.figures !== undefined) this.options.figures.unitsSkipped++;
      if (gate.isSkipping) attachment.awaitsKey.set(this.hasDeltas);
      return false;
    }
    if (unit.key) attachment.awaitsKey[trackId] = 0;
    else if (attachment.awaitsKey[trackId] === 1) return false;
    return true;
  }

  private started(attachment: Attachment<Frame>): void {
    const { figures } = this.options;
    if (figures !== undefined && attachment.attachedMs >= 0) figures.firstUnit(figures.nowMs() - attachment.attachedMs);
    attachment.attachedMs = -1;
  }

  private open(state: EpochState): void {
    this.current = state;
    this.cache.clear();
    const { tracks } = state.description;
    const leading = leadingTrack(tracks);
    this.leadingId = leading?.id ?? 0;
    this.leadingHasDeltas = leading !== undefined && startsAtKeyUnits(leading);
    this.hasDeltas = new Uint8Array(1 + tracks.reduce((max, track) => Math.max(max, track.id), 0));
    this.awaitsKey = new Uint8Array(this.hasDeltas.length);
    for (const track of tracks) if (startsAtKeyUnits(track)) this.hasDeltas[track.id] = 1;
  }

  private describeToReaders(state: EpochState): void {
    for (const attachment of this.attachments) {
      if (attachment.detached) continue;
      try {
        attachment.reader.describe(state);
      } catch (error) {
        this.fail(attachment, error);
      }
    }
  }

  private fail(attachment: Attachment<Frame>, error: unknown): void {
    if (attachment.detached) return;
    this.detach(attachment.reader);
    endReader(attachment.reader, error instanceof Error ? error.message : String(error));
  }

  private endReaders(reason: string): void {
    const attachments = this.attachments;
    this.attachments = [];
    this.byReader.clear();
    for (const attachment of attachments) {
      if (attachment.detached) continue;
      attachment.detached = true;
      endReader(attachment.reader, reason);
    }
  }
}

/** What a reader throws at its end concerns nobody: it is gone. */
function endReader<Frame>(reader: HubReader<Frame>, reason: string): void {
  try {
    reader.end(reason);
  } catch {
    return;
  }
}

function reasonOfChange(current: EpochState, next: EpochState): string {
  return next.continues === current.epoch ? 'the tracks of the stream have changed' : 'the stream was replaced by another publisher';
}
