import { BusError, EPOCH_REMOVED } from '@mediamesh/bus';
import type { BusStart, Subscription } from '@mediamesh/bus';
import { ControlError } from '@mediamesh/contracts';
import type { PathSettings } from '@mediamesh/contracts';
import { Hub, tracksMatch } from '@mediamesh/media';
import type { BusUnit, EpochState, HubReader, HubSink } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import { OutboundCounter } from './path-counters.ts';
import type { FrameMaker, ReaderPathsOptions } from './reader-paths.ts';

/** A publisher's end says so when another continues its timeline: readers wait for that one. */
export const SUPERSEDED = 'superseded by another publisher';
/** How long readers wait for a successor that the end of its predecessor announced, and for control's word when the grace is over. */
const SUCCESSOR_DEADLINE_MS = 5_000;

/**
 * One path as this gateway reads it: the hub, and the subscription that feeds it.
 *
 * Epochs: one that continues the stream with the same tracks is read on; any other is another stream, and ends this feed.
 * Errors: what the maker throws at a description ends the feed; at a unit it loses that unit, and is logged once a second.
 */
export class PathFeed<Frame, Maker extends FrameMaker<Frame>> {
  readonly path: string;
  readonly hub: Hub<Frame>;
  readonly maker: Maker;
  /** Of the stream: the same over epochs that continue it. */
  outbound = new OutboundCounter(0);
  isOver = false;
  /** The epoch that is read, or will be once the bus has it. */
  wantedEpoch = 0;
  private readonly settings: PathSettings;
  private readonly options: ReaderPathsOptions<Frame, Maker>;
  private readonly onOver: () => void;
  private readonly refused: RateLimitedCounter;
  private subscribing: Promise<void> = Promise.resolve();
  private subscription: Subscription | undefined;
  private subscribedEpoch = 0;
  private holders = 0;
  private successorTimer: NodeJS.Timeout | undefined;

  constructor(path: string, settings: PathSettings, options: ReaderPathsOptions<Frame, Maker>, onOver: () => void) {
    this.path = path;
    this.settings = settings;
    this.options = options;
    this.onOver = onOver;
    this.maker = options.makerOf(path);
    this.refused = new RateLimitedCounter((count, last) =>
      options.log('warn', path, count === 1 ? `processing error: ${last}` : `${count} processing errors, last was: ${last}`),
    );
    const { limits, counters } = options;
    const { figures } = counters;
    this.hub = new Hub<Frame>({ path, gopCache: settings.gopCache, prepare: (unit) => this.prepare(unit), limits, figures });
    figures.follow(this);
  }

  get waitingMessages(): number {
    return this.subscription?.waitingMessages ?? 0;
  }

  /** The epoch that is being read. */
  get epoch(): number {
    return this.hub.epochState?.epoch ?? this.wantedEpoch;
  }

  /** Known once `read` has resolved and the feed is not over. */
  get state(): EpochState {
    const state = this.hub.epochState;
    if (state === undefined) throw new Error(`the path '${this.path}' has no description yet`);
    return state;
  }

  /**
   * Reads this epoch, unless a later one is read already. Resolves when its description is there, or the feed is over.
   * Errors: ControlError NO_STREAM, UNAVAILABLE; the feed is over then.
   */
  async read(epoch: number): Promise<void> {
    if (epoch > this.wantedEpoch) {
      this.wantedEpoch = epoch;
      this.subscribing = this.subscribe(epoch);
    }
    for (let awaited: Promise<void> | undefined; awaited !== this.subscribing;) {
      awaited = this.subscribing;
      await awaited;
    }
  }

  hold(): this {
    this.holders++;
    return this;
  }

  release(): void {
    this.holders--;
    if (this.holders === 0) this.close('not needed by anyone');
  }

  /** `ended` is told when the stream is over, also while nothing is read; the result takes it back. */
  watch(ended: (reason: string) => void): () => void {
    const watcher: HubReader<Frame> = { queuedPackets: 0, queuedBytes: 0, write: () => {}, describe: () => {}, end: ended };
    this.hub.attach(watcher, { instantStart: false, trackIds: [] });
    return () => this.hub.detach(watcher);
  }

  /** Ends the readers that are left. */
  close(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.options.counters.figures.forget(this);
    clearTimeout(this.successorTimer);
    this.refused.stop();
    void this.subscription?.close();
    this.onOver();
    this.hub.end(reason);
  }

  private async subscribe(epoch: number): Promise<void> {
    clearTimeout(this.successorTimer);
    let subscription: Subscription;
    try {
      subscription = await this.options.bus.subscribe(this.path, epoch, this.start(), this.sinkOf(epoch));
    } catch (error) {
      if (epoch < this.wantedEpoch) return; // the later one counts
      const failure = controlErrorOf(error, this.path);
      this.close(failure.message);
      throw failure;
    }
    if (this.isOver || epoch < this.subscribedEpoch) {
      void subscription.close();
      return;
    }
    void this.subscription?.close();
    this.subscription = subscription;
    this.subscribedEpoch = epoch;
  }

  private start(): BusStart {
    if (this.hub.epochState !== undefined) return { at: 'windowStart' };
    if (this.options.start !== undefined) return this.options.start;
    return this.settings.gopCache === 'off' ? { at: 'live' } : { at: 'lastKey' };
  }

  private sinkOf(epoch: number): HubSink {
    const sink = this.hub.sink(epoch);
    return {
      state: (state) => this.described(state, sink),
      unit: this.maker.receive === undefined ? (unit) => sink.unit(unit) : (unit) => this.received(unit),
      gap: (unitsLost) => {
        this.maker.lose?.();
        sink.gap(unitsLost);
      },
      end: (reason) => this.ended(epoch, reason),
    };
  }

  /** Of a maker that takes them itself. */
  private received(unit: BusUnit): void {
    if (this.isOver || unit.epoch !== this.hub.epochState?.epoch) return;
    try {
      this.maker.receive?.(unit);
    } catch (error) {
      this.refused.add(1, messageOf(error));
    }
  }

  private described(state: EpochState, sink: HubSink): void {
    const current = this.hub.epochState;
    if (this.isOver || (current !== undefined && state.epoch < current.epoch)) return;
    if (current !== undefined && state.epoch > current.epoch) {
      const continues = state.continues === current.epoch && tracksMatch(current.description, state.description);
      if (!continues) return this.close('the stream was replaced by another publisher');
    }
    try {
      this.maker.describe(state);
    } catch (error) {
      const reason = `its description cannot be read: ${messageOf(error)}`;
      this.options.log('warn', this.path, reason);
      return this.close(reason);
    }
    this.outbound = this.options.counters.of(this.path, state);
    sink.state(state);
  }

  private prepare(unit: BusUnit): Frame {
    try {
      return this.maker.prepare(unit);
    } catch (error) {
      this.refused.add(1, messageOf(error));
      throw error;
    }
  }

  /**
   * Readers stay while a successor can come; control says when there is none. What a dead gateway left is removed once a source
   * continues it elsewhere, and that can be known here before the news of it.
   */
  private ended(epoch: number, reason: string): void {
    if (this.isOver || epoch < this.wantedEpoch) return;
    const { publisherGraceMs } = this.settings;
    const canGoOn = reason === SUPERSEDED || reason === EPOCH_REMOVED || publisherGraceMs > 0;
    if (!canGoOn) return this.close(streamEnded(reason));
    clearTimeout(this.successorTimer);
    this.successorTimer = setTimeout(() => this.close(streamEnded(reason)), publisherGraceMs + SUCCESSOR_DEADLINE_MS);
  }
}

/** For the log lines of readers: they did not leave by themselves. */
export function streamEnded(reason: string): string {
  return `the stream has ended: ${reason}`;
}

function controlErrorOf(error: unknown, path: string): ControlError {
  if (error instanceof BusError && error.code === 'EPOCH_NOT_FOUND') {
    return new ControlError('NO_STREAM', `no stream is available on path '${path}'`, { cause: error });
  }
  return new ControlError('UNAVAILABLE', messageOf(error), { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
