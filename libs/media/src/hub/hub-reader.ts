import type { EpochState, BusUnit } from '../epoch.ts';

/**
 * A local reader of a path, as the hub sees it. `Frame` is what the gateway prepares once for all its readers.
 *
 * Errors: an exception from `write` or `describe` ends this reader only, with the error's message as reason.
 */
export interface HubReader<Frame> {
  /** What waits in the reader's own queue. */
  readonly queuedPackets: number;
  readonly queuedBytes: number;
  write(unit: BusUnit, frame: Frame): void;
  /** A new revision of the description, or a successor epoch whose tracks match; it precedes the units that need it. */
  describe(state: EpochState): void;
  /** Called once; nothing follows. Not called for a reader that was detached. */
  end(reason: string): void;
}

/** Bounds of a reader's queue. */
export interface HubLimits {
  /** `writeQueueSize` */
  readonly maxQueuePackets: number;
  readonly maxQueueBytes: number;
}

export interface AttachOptions {
  /** Begin with what the GOP cache holds, as the path's `gopCache` says; else with the next unit, whatever it is. */
  readonly instantStart: boolean;
  /** Only these tracks; all of them when absent. */
  readonly trackIds?: readonly number[];
}

export type GopCacheMode = 'off' | 'burst' | 'catchUp';

/**
 * What a reader is given before its first live unit, outside of its queue.
 * `burst`: the units of all its tracks since the last key frame, with their own times.
 * `catchUp`: those of its leading track, retimed so that they end at the live edge.
 * `none`: nothing, `units` is empty.
 */
export interface CatchUp {
  readonly mode: 'none' | 'burst' | 'catchUp';
  readonly units: readonly BusUnit[];
}
