import type { SegmentStart } from '../epoch.ts';
import { PartTarget } from './part-target.ts';

/** Keys `hlsSegmentDuration`, `hlsPartDuration` and `hlsSegmentCount`. */
export interface SegmentDurations {
  readonly segmentDurationMs: number;
  readonly partDurationMs: number;
  readonly segmentCount: number;
}

export interface SegmenterStart {
  readonly firstSegment: number;
  readonly firstPart: number;
  /** Whether the numbers continue a timeline: then units before the first key unit belong to its last segment. */
  readonly continues: boolean;
  /** The last record of that timeline, where it is known. */
  readonly history?: SegmentStart | undefined;
}

/**
 * Segment and part numbers from the units of the leading track.
 *
 * Rules: a segment starts at a key unit that is at least the segment duration after the last start (or before it: the publisher's clock
 *        went back); a part at a unit that is at least the part target after the last start, and at each segment.
 *        Numbers only go up by one. Changed durations count from the next segment start. The part target is frozen at the second segment.
 * Units: ticks of the leading track's clock, DTS.
 */
export class Segmenter {
  segment: number;
  part: number;
  private readonly clockRateHz: number;
  private readonly start: SegmenterStart;
  private durations: SegmentDurations;
  private nextDurations: SegmentDurations;
  private readonly partTarget: PartTarget;
  private targetDurationMs: number;
  private readonly discontinuitySequence: number;
  private readonly oldestSegment: number;
  private started = false;
  private segmentStartTicks = 0;
  private partStartTicks = 0;
  private lastTicks = 0;

  constructor(clockRateHz: number, durations: SegmentDurations, start: SegmenterStart) {
    this.clockRateHz = clockRateHz;
    this.durations = durations;
    this.nextDurations = durations;
    this.start = start;
    this.segment = start.continues ? start.firstSegment - 1 : start.firstSegment;
    this.part = start.continues ? start.firstPart - 1 : start.firstPart;
    const history = start.history;
    this.partTarget = new PartTarget(durations.partDurationMs, history?.partTargetMs);
    this.targetDurationMs = Math.max(wholeSecondsMs(durations.segmentDurationMs), history?.targetDurationMs ?? 0);
    this.discontinuitySequence = start.continues ? (history?.discontinuitySequence ?? 0) + 1 : 0;
    this.oldestSegment = start.continues ? (history?.firstSegmentInWindow ?? 0) : start.firstSegment;
  }

  /** Counts from the next segment start. */
  change(durations: SegmentDurations): void {
    this.nextDurations = durations;
  }

  /** Takes a unit of the leading track; returns the record when it starts a segment. `segment` and `part` are this unit's then. */
  advance(dtsTicks: number, key: boolean, ntpUs: number): SegmentStart | undefined {
    if (!this.started) {
      if (!key) return undefined;
      this.started = true;
      this.segment = this.start.firstSegment;
      this.part = this.start.firstPart;
      return this.open(dtsTicks, ntpUs);
    }
    this.partTarget.observe(dtsTicks - this.lastTicks, this.clockRateHz);
    this.lastTicks = dtsTicks;
    const elapsed = dtsTicks - this.segmentStartTicks;
    if (key && (elapsed < 0 || this.reaches(elapsed, this.durations.segmentDurationMs))) {
      this.partTarget.freeze();
      this.targetDurationMs = Math.max(this.targetDurationMs, wholeSecondsMs((elapsed * 1000) / this.clockRateHz));
      this.segment++;
      this.part++;
      return this.open(dtsTicks, ntpUs);
    }
    if (this.reaches(dtsTicks - this.partStartTicks, this.partTarget.targetMs)) {
      this.part++;
      this.partStartTicks = dtsTicks;
    }
    return undefined;
  }

  private open(dtsTicks: number, ntpUs: number): SegmentStart {
    this.durations = this.nextDurations;
    this.partTarget.change(this.durations.partDurationMs);
    this.segmentStartTicks = dtsTicks;
    this.partStartTicks = dtsTicks;
    this.lastTicks = dtsTicks;
    return {
      ntpUs,
      targetDurationMs: this.targetDurationMs,
      partTargetMs: this.partTarget.targetMs,
      discontinuitySequence: this.discontinuitySequence,
      firstSegmentInWindow: Math.max(this.oldestSegment, this.segment - this.durations.segmentCount),
    };
  }

  private reaches(ticks: number, durationMs: number): boolean {
    return ticks * 1000 >= durationMs * this.clockRateHz;
  }
}

/** Playlists give whole seconds, at least one. */
function wholeSecondsMs(ms: number): number {
  return Math.max(1, Math.round(ms / 1000)) * 1000;
}
