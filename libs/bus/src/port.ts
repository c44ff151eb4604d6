import type { BusUnit, EpochState, SegmentStart } from '@mediamesh/media';

/** Where a reader begins: at what comes next, at the last key unit, at the oldest unit that is kept, or at a unit by its number. */
export type BusStart =
  { readonly at: 'live' } | { readonly at: 'lastKey' } | { readonly at: 'windowStart' } | { readonly at: 'unit'; readonly number: number };

/** How much of an epoch the bus keeps for readers that join: at least the last key unit and what follows, at most both caps. */
export interface BusWindow {
  readonly durationMs: number;
  readonly sizeBytes: number;
  /** Also what the playlists of HLS show, however long it is: from `firstSegmentInWindow` of the newest segment on, within the size. */
  readonly keepsPlaylist?: boolean;
}

/** An epoch that its publisher has ended can be read, and its tail asked for, this long: readers that are on the way, and a successor. */
export const ENDED_EPOCH_KEPT_MS = 30_000;

/** Why an epoch that was removed ends for its readers: only what a dead publisher left is removed. */
export const EPOCH_REMOVED = 'its publisher is gone';

/**
 * The media plane: a stream a path and epoch, written by one publisher, read once by each gateway that needs it.
 * Adapters: `MemoryBus` (one process), `JetStreamBus`. One contract suite holds for both.
 */
export interface MediaBus {
  /** Creates the stream of an epoch and announces its state. Errors: BusError with a code and what to do. */
  publish(state: EpochState, window: BusWindow, events: PublicationEvents): Promise<Publication>;
  /**
   * Reads an epoch. The sink gets `state` first, then units in order, then `end` once.
   * Resolves when what was kept of it has been delivered: what follows is live.
   * An epoch that never existed, or is gone, is BusError `EPOCH_NOT_FOUND`.
   */
  subscribe(path: string, epoch: number, start: BusStart, sink: BusSink): Promise<Subscription>;
  /** The end of what an epoch holds: what a successor needs to continue its timeline; undefined when nothing is known of it. */
  tail(path: string, epoch: number): Promise<EpochTail | undefined>;
  /** Removes what a dead publisher left of an epoch; readers get `end`. Idempotent. */
  remove(path: string, epoch: number): Promise<void>;
  /** Bus health for readiness: false while disconnected. */
  readonly connected: boolean;
  close(): Promise<void>;
}

export interface Publication {
  /** Never waits and never throws: what can't be written is dropped and counted. Units carry strictly increasing numbers. */
  write(unit: BusUnit): void;
  /** A new revision of the description; it precedes the first key unit that needs it. */
  describe(state: EpochState): void;
  /** Ends the epoch for its readers. `reason` is logged by them. */
  end(reason: string): Promise<void>;
  readonly unitsDropped: number;
}

export interface PublicationEvents {
  /** Units are being dropped (broker away, or full), or are written again. Called at the change, not at each unit. */
  onDropping(dropping: boolean, why: string): void;
  /** Another service has removed the epoch, taking the publisher for dead: nothing that is written arrives any more. */
  onRemoved?(): void;
}

export interface BusSink {
  state(state: EpochState): void;
  unit(unit: BusUnit): void;
  /** Units are missing; the next one is a key unit or directly follows what was lost. Deltas before the next key unit are not delivered. */
  gap(unitsLost: number): void;
  end(reason: string): void;
}

export interface Subscription {
  /** Behind the last message that came, as the bus said with it. */
  readonly waitingMessages: number;
  close(): Promise<void>;
}

/** Some hundred milliseconds of all tracks: as far as tracks are apart. */
export const TAIL_UNITS = 32;

export interface EpochTail {
  readonly state: EpochState;
  /** Of the last unit that was written. */
  readonly last: BusUnit;
  /** The latest time on the timeline of the TAIL_UNITS units that were written last, of any track, microseconds. */
  readonly endUs: number;
  /** Wall clock of the last write, microseconds. */
  readonly writtenUs: number;
  /** Of the last segment; undefined when it is too far back. */
  readonly segmentStart: SegmentStart | undefined;
}

export type BusErrorCode = 'EPOCH_NOT_FOUND' | 'EPOCH_EXISTS' | 'BUS_UNAVAILABLE' | 'BUS_FULL' | 'BUS_CLOSED';

export class BusError extends Error {
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BusError';
    this.code = code;
  }
}
