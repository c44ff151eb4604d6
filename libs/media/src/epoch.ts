import type { StreamDescription } from './track.ts';
import type { Unit } from './unit.ts';

/**
 * A publisher's stay on a path. Its number is (term of the control leader, counter), as one number: higher is later.
 * Readers drop lower epochs; a publisher that sees a higher one on its path closes.
 */
export interface EpochState {
  readonly path: string;
  readonly epoch: number;
  /** The epoch whose timeline goes on in this one; absent when this one starts its own. */
  readonly continues?: number;
  /** Numbers of the first unit, segment and part. */
  readonly firstUnit: number;
  readonly firstSegment: number;
  readonly firstPart: number;
  /** Where on the continued timeline this epoch began, microseconds; 0 for its own. Units have it in their times already. */
  readonly timelineOffsetUs?: number;
  readonly description: StreamDescription;
}

/** Counters of a term that fit an epoch number beside the term. */
const EPOCHS_A_TERM = 2 ** 20;

/** Units: `term` below 2^33 (seconds since 1970, or a revision), `counter` below 2^20. */
export function epochNumber(term: number, counter: number): number {
  if (counter >= EPOCHS_A_TERM) throw new RangeError(`more than ${EPOCHS_A_TERM} epochs in the term ${term}`);
  return term * EPOCHS_A_TERM + counter;
}

/** A unit with what the ingest stamped on it, once, for every reader: numbers that make replicas write the same names and bytes. */
export interface BusUnit extends Unit {
  readonly epoch: number;
  /** Counts the units of all tracks on the timeline. */
  readonly number: number;
  readonly segment: number;
  readonly part: number;
  /** The description's revision that decoding needs. */
  readonly revision: number;
  /** The first unit after a loss at the ingest, on its track. */
  readonly discontinuity: boolean;
  /** With the first unit of each segment: what depends on history. */
  readonly segmentStart?: SegmentStart;
}

/** What a replica that joins at this segment must know to write the same playlists. */
export interface SegmentStart {
  readonly ntpUs: number;
  /** Durations as the ingest uses them. */
  readonly targetDurationMs: number;
  readonly partTargetMs: number;
  readonly discontinuitySequence: number;
  /** Oldest segment of the playlist's window. */
  readonly firstSegmentInWindow: number;
}
