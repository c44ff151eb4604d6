import { HlsMuxerError, carriedTracks, requireSegmentCount } from './carried-tracks.ts';
import { Mp4Stream, TsStream } from './media-stream.ts';
import type { MediaStream } from './media-stream.ts';
import { namePrefix } from './name-prefix.ts';
import type { HlsFile, HlsPart, HlsSegment } from './segment.ts';
import type { HlsDescription, HlsSegmentStart, HlsTrack, HlsVariant, StampedUnit } from './stamped-unit.ts';

/** Low-latency playlists begin with as many gaps, so that players find a window at once. As MediaMTX. */
const INITIAL_GAPS = 7;
/** A client that has just read a playlist can still fetch its oldest segment: files stay this many segments longer. */
const SEGMENTS_KEPT_AFTER_WINDOW = 3;

export interface HlsMuxerOptions {
  readonly variant: HlsVariant;
  /** Key `hlsSegmentCount`. The stamps say which segments the window holds; this says how many initial gaps are shown. */
  readonly segmentCount: number;
  /** Key `hlsSegmentMaxSize`. */
  readonly maxSegmentBytes: number;
}

/** What a unit has made available. */
export type HlsProgress = 'none' | 'part' | 'segment';

/** The segment that is being filled. */
interface OpenSegment {
  readonly id: number;
  readonly record: HlsSegmentStart;
  readonly startTicks: number;
  readonly clockRateHz: number;
  readonly prefix: string;
  partNumber: number;
  partStartTicks: number;
  sizeBytes: number;
}

/**
 * Segments, parts and init files from stamped units.
 *
 * Shape:    `describe` an epoch or a revision, then `write` its units; `segments`, `parts` and `file` say what there is.
 * Identity: everything depends on the units and their stamps from a segment's start on, so muxers that joined at different moments
 *           hold the same files under the same names. Units before the first segment start that is seen are left out.
 * Losses:   after `lose` the open segment is left out too: it becomes a gap.
 * Errors:   HlsMuxerError when no track can be carried, or a segment exceeds its size; the muxer is of no use then.
 *           ParseError of a unit that cannot be read: it is left out.
 * Aliasing: files alias nothing of the units.
 * Source:   RFC 8216bis; names, numbers and boundaries as MediaMTX.
 */
export class HlsMuxer {
  readonly variant: HlsVariant;
  readonly streams: readonly MediaStream[];
  /** The stream whose segments make up the bandwidth: the video, else the first audio. */
  readonly leadingStream: MediaStream;
  /** Grows with every part and segment. */
  version = 0;
  private readonly options: HlsMuxerOptions;
  private window: HlsSegment[] = [];
  private outdated: HlsSegment[] = [];
  private open: OpenSegment | undefined;
  /** Of the open segment, a list a stream. */
  private openParts: readonly HlsPart[][] = [];
  private pending: HlsDescription | undefined;
  private readonly files = new Map<string, HlsFile>();
  private clockRates: Uint32Array = new Uint32Array(0);
  private targetMs = 0;

  constructor(description: HlsDescription, options: HlsMuxerOptions) {
    requireSegmentCount(options.segmentCount, options.variant);
    const tracks = carriedTracks(description.tracks, options.variant);
    this.options = options;
    this.variant = options.variant;
    this.streams = this.variant === 'mpegts' ? [new TsStream(tracks)] : tracks.map((track, index) => new Mp4Stream(track, index));
    this.leadingStream = this.streams[0]!;
    this.learnClocks(description.tracks);
  }

  /** The tracks that are carried. */
  get tracks(): readonly HlsTrack[] {
    return this.streams.flatMap(({ tracks }) => tracks);
  }

  /** Complete ones that the playlists show, oldest first; before them `initialGaps`. */
  get segments(): readonly HlsSegment[] {
    return this.window;
  }

  /** Parts of the open segment, a list a stream. */
  get parts(): readonly (readonly HlsPart[])[] {
    return this.openParts;
  }

  /** Media sequence number of the open segment. */
  get nextSegmentId(): number {
    return this.open?.id ?? (this.window.at(-1)?.id ?? -1) + 1;
  }

  get initialGaps(): number {
    if (this.variant !== 'lowLatency' || this.window[0]?.id !== INITIAL_GAPS) return 0;
    return Math.min(INITIAL_GAPS, Math.max(0, this.options.segmentCount - this.window.length));
  }

  get targetDurationMs(): number {
    return this.targetMs;
  }

  /** Whether playlists can be served. */
  get hasContent(): boolean {
    return this.window.length >= (this.variant === 'fmp4' ? 2 : 1);
  }

  file(name: string): HlsFile | undefined {
    return this.files.get(name);
  }

  /** Of everything that `file` gives. */
  fileNames(): IterableIterator<string> {
    return this.files.keys();
  }

  /** The part that comes next, as playlists announce it; of the stream with this index. */
  nextPartName(stream: number): string {
    const { prefix, partNumber } = this.open!;
    return `${prefix}_${this.streams[stream]!.id}_part${partNumber}.mp4`;
  }

  /**
   * Whether a file that is not there will be: the segment that is being made, and its next two parts. Preload hints name one; a gateway that
   * is a moment ahead of this one may have named the others, and its client may ask here.
   */
  isAnnounced(name: string): boolean {
    const { open, variant } = this;
    if (open === undefined) return false;
    const names = [`seg${open.id}.${variant === 'mpegts' ? 'ts' : 'mp4'}`];
    if (variant === 'lowLatency') names.push(`part${open.partNumber}.mp4`, `part${open.partNumber + 1}.mp4`);
    return this.streams.some(({ id }) => names.some((end) => name === `${open.prefix}_${id}_${end}`));
  }

  /** A revision of the description, or an epoch that continues this one with the same tracks. It counts from the next segment on. */
  describe(description: HlsDescription): void {
    this.pending = description;
  }

  /** Hot: once a unit. */
  write(unit: StampedUnit): HlsProgress {
    let progress: HlsProgress = 'none';
    if (unit.segmentStart !== undefined) progress = this.startSegment(unit, unit.segmentStart);
    else if (this.open !== undefined && unit.part !== this.open.partNumber && this.variant === 'lowLatency') progress = this.nextPart(unit);
    const { open, streams } = this;
    if (open === undefined || unit.segment + this.firstId !== open.id) return progress;
    for (let i = 0; i < streams.length; i++) open.sizeBytes += streams[i]!.add(unit);
    if (open.sizeBytes > this.options.maxSegmentBytes) throw new HlsMuxerError('reached maximum segment size');
    return progress;
  }

  /** Units are missing. */
  lose(): void {
    this.open = undefined;
    this.openParts = [];
  }

  private get firstId(): number {
    return this.variant === 'lowLatency' ? INITIAL_GAPS : 0;
  }

  private startSegment(unit: StampedUnit, record: HlsSegmentStart): HlsProgress {
    const id = unit.segment + this.firstId;
    const closed = this.closeSegment(unit, id);
    this.fillGap(id);
    if (this.pending !== undefined && this.pending.epoch <= unit.epoch) this.adopt(this.pending);
    this.trim(record.firstSegmentInWindow + this.firstId);
    const prefix = namePrefix(unit.epoch, this.variant, unit.revision);
    this.open = {
      id,
      record,
      startTicks: unit.dtsTicks,
      clockRateHz: this.clockRates[unit.trackId]!,
      prefix,
      partNumber: this.variant === 'lowLatency' ? unit.part : id,
      partStartTicks: unit.dtsTicks,
      sizeBytes: 0,
    };
    this.targetMs = Math.max(this.targetMs, record.targetDurationMs);
    this.openParts = this.streams.map(() => []);
    for (const stream of this.streams) stream.startSegment(prefix);
    if (closed) this.version++;
    return closed ? 'segment' : 'none';
  }

  /** A segment without its beginning or end is of no use. */
  private closeSegment(unit: StampedUnit, nextId: number): boolean {
    const { open } = this;
    if (open === undefined) return false;
    if (open.id !== nextId - 1) {
      this.lose();
      return false;
    }
    this.closePart(unit, open);
    const media = this.streams.map((stream) => stream.closeSegment(open.id));
    const durationS = (unit.dtsTicks - open.startTicks) / open.clockRateHz;
    const { ntpUs, discontinuitySequence } = open.record;
    this.window.push({ id: open.id, durationS, ntpUs, discontinuitySequence, media });
    for (const { file, init } of media) {
      this.files.set(file.name, file);
      if (init !== undefined) this.files.set(init.name, init);
    }
    return true;
  }

  private nextPart(unit: StampedUnit): HlsProgress {
    const open = this.open!;
    if (unit.segment + this.firstId !== open.id) {
      this.lose(); // the start of the unit's segment is missing
      return 'none';
    }
    this.closePart(unit, open);
    open.partNumber = unit.part;
    open.partStartTicks = unit.dtsTicks;
    this.version++;
    return 'part';
  }

  private closePart(unit: StampedUnit, open: OpenSegment): void {
    const durationS = (unit.dtsTicks - open.partStartTicks) / open.clockRateHz;
    for (let i = 0; i < this.streams.length; i++) {
      const part = this.streams[i]!.closePart(open.partNumber, durationS, unit);
      if (part === undefined || this.variant !== 'lowLatency') continue;
      this.openParts[i]!.push(part);
      this.files.set(part.file.name, part.file);
    }
  }

  /** Segments that were lost between the last complete one and this. */
  private fillGap(nextId: number): void {
    const last = this.window.at(-1);
    if (last === undefined) return;
    if (nextId - last.id > this.options.segmentCount)
      this.trim(nextId); // nothing that is left belongs to the new window
    else for (let id = last.id + 1; id < nextId; id++) this.window.push({ ...last, id, durationS: this.targetMs / 1000, media: undefined });
  }

  private adopt(description: HlsDescription): void {
    this.pending = undefined;
    this.learnClocks(description.tracks);
    for (const stream of this.streams) stream.describe(description.tracks);
  }

  private learnClocks(tracks: readonly HlsTrack[]): void {
    this.clockRates = new Uint32Array(1 + tracks.reduce((max, { id }) => Math.max(max, id), 0));
    for (const { id, clockRateHz } of tracks) this.clockRates[id] = clockRateHz;
  }

  private trim(oldestId: number): void {
    while (this.window.length > 0 && this.window[0]!.id < oldestId) this.outdated.push(this.window.shift()!);
    while (this.outdated.length > SEGMENTS_KEPT_AFTER_WINDOW) this.forget(this.outdated.shift()!);
  }

  private forget({ media }: HlsSegment): void {
    const kept = this.window.find((segment) => segment.media !== undefined)?.media;
    media?.forEach(({ file, init, parts }, index) => {
      this.files.delete(file.name);
      for (const part of parts) this.files.delete(part.file.name);
      if (init !== undefined && init !== kept?.[index]?.init) this.files.delete(init.name);
    });
  }
}
