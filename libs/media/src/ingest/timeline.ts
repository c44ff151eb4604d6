import type { BusUnit, EpochState, SegmentStart } from '../epoch.ts';
import type { StreamDescription } from '../track.ts';
import { microsFromTicks } from '../ticks.ts';
import { MAX_NTP_LAG_US } from './ntp-estimator.ts';

/** Least room between the end of an epoch and its successor: what ends can write on until its readers have moved. */
export const SPLICE_GAP_US = 100_000;

/** The end of the epoch that is continued, as the bus tells it. */
export interface TimelineTail {
  readonly state: EpochState;
  /** The last unit that was written. */
  readonly last: BusUnit;
  /** Where on the timeline the last units end, of whichever track: `endOfUnits`. */
  readonly endUs: number;
  /** Wall clock of the last write. */
  readonly writtenUs: number;
  /** The last segment's record, where the bus keeps it. */
  readonly segmentStart?: SegmentStart | undefined;
}

/** The state of an epoch that starts at 0. */
export function startTimeline(path: string, epoch: number, description: StreamDescription): EpochState {
  return { path, epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, timelineOffsetUs: 0, description };
}

/** The latest time of these units, microseconds: tracks can be apart. Units of unknown tracks do not count. */
export function endOfUnits(units: Iterable<BusUnit>, { tracks }: StreamDescription): number {
  let endUs = 0;
  for (const { trackId, ptsTicks, dtsTicks } of units) {
    const track = tracks.find(({ id }) => id === trackId);
    if (track !== undefined) endUs = Math.max(endUs, microsFromTicks(Math.max(ptsTicks, dtsTicks), track.clockRateHz));
  }
  return endUs;
}

/** Where the wall clock of a timeline was told to be at one of its times. */
export interface WallClockAnchor {
  readonly timeUs: number;
  readonly ntpUs: number;
}

/** Of a timeline whose wall clock is this machine's; undefined when it is the publisher's own, hours away perhaps. */
export function wallClockOf({ state, last, writtenUs }: TimelineTail): WallClockAnchor | undefined {
  const track = state.description.tracks.find(({ id }) => id === last.trackId);
  if (track === undefined || Math.abs(writtenUs - last.ntpUs) > MAX_NTP_LAG_US) return undefined;
  return { timeUs: microsFromTicks(last.ptsTicks, track.clockRateHz), ntpUs: last.ntpUs };
}

/**
 * The state of an epoch that goes on where another ended: numbers follow, and time goes on with the wall clock, as that was told to
 * receivers; where the former epoch is ahead of it, behind its end.
 */
export function continueTimeline(epoch: number, description: StreamDescription, tail: TimelineTail, nowUs: number): EpochState {
  const { state, last, endUs } = tail;
  const anchor = wallClockOf(tail) ?? { timeUs: endUs, ntpUs: tail.writtenUs };
  return {
    path: state.path,
    epoch,
    continues: state.epoch,
    firstUnit: last.number + 1,
    firstSegment: last.segment + 1,
    firstPart: last.part + 1,
    timelineOffsetUs: Math.max(endUs + SPLICE_GAP_US, anchor.timeUs + nowUs - anchor.ntpUs),
    description,
  };
}
