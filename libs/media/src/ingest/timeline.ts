import type { BusUnit, EpochState, SegmentStart } from '../epoch.ts';
import type { StreamDescription } from '../track.ts';
import { microsFromTicks } from '../ticks.ts';

/** Room between the end of an epoch and its successor: other tracks can be this much ahead of the last unit that was written. */
export const MIN_SPLICE_GAP_US = 100_000;

/** The end of the epoch that is continued, as the bus tells it. */
export interface TimelineTail {
  readonly state: EpochState;
  /** The last unit that was written. */
  readonly last: BusUnit;
  /** Wall clock of the last write. */
  readonly writtenUs: number;
  /** The last segment's record, where the bus keeps it. */
  readonly segmentStart?: SegmentStart | undefined;
}

/** The state of an epoch that starts at 0. */
export function startTimeline(path: string, epoch: number, description: StreamDescription): EpochState {
  return { path, epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, timelineOffsetUs: 0, description };
}

/** The state of an epoch that goes on where another ended: numbers follow, and time goes on with the wall clock. */
export function continueTimeline(epoch: number, description: StreamDescription, tail: TimelineTail, nowUs: number): EpochState {
  const { state, last } = tail;
  const track = state.description.tracks.find((candidate) => candidate.id === last.trackId);
  if (track === undefined)
    throw new RangeError(`the last unit of epoch ${state.epoch} is of track ${last.trackId}, which it does not have`);
  const endUs = microsFromTicks(Math.max(last.ptsTicks, last.dtsTicks), track.clockRateHz);
  return {
    path: state.path,
    epoch,
    continues: state.epoch,
    firstUnit: last.number + 1,
    firstSegment: last.segment + 1,
    firstPart: last.part + 1,
    timelineOffsetUs: endUs + Math.max(MIN_SPLICE_GAP_US, nowUs - tail.writtenUs),
    description,
  };
}
