import { MAX_REORDER_FRAMES } from '../h264/vui.ts';

/** One more than can be ahead of a unit. */
const WINDOW = MAX_REORDER_FRAMES + 1;
/** Frames a second where the stream does not say. */
const ASSUMED_FPS = 25;
/** A rate that a stream states is believed from 1 frame a second up to this. */
const MAX_BELIEVED_FPS = 1000;

/** Ticks a frame; undefined when the stream does not say, or says nonsense. */
export function frameTicks(fps: number | undefined, clockRateHz: number): number | undefined {
  return fps === undefined || fps < 1 || fps > MAX_BELIEVED_FPS ? undefined : clockRateHz / fps;
}

/**
 * Decoding times of units that arrive in decoding order, from their presentation times and the reorder depth.
 *
 * With a depth of n, at most n units are decoded before a unit and displayed after it. Sorted by presentation, unit i - n is therefore
 * known when unit i arrives, and its presentation time is the decoding time of unit i: the (n + 1)th largest time seen so far.
 * A loss of units changes nothing of that.
 *
 * Shape: `push` a unit's PTS, get its DTS. DTS never decreases; it exceeds PTS only where a stream is reordered deeper than was known.
 * Units: ticks of the track's clock.
 */
export class PresentationWindow {
  /** Ticks a frame, where the stream says it. */
  frameTicks: number | undefined;
  /** The codec reorders nothing here: a time that goes back is a fault of the source. */
  inOrder = false;
  private readonly clockRateHz: number;
  /** The largest times so far, ascending. */
  private readonly times = new Float64Array(WINDOW);
  private count = 0;
  /** The depth that the times themselves have shown. */
  private seenDepth = 0;
  private previousDts = Number.NEGATIVE_INFINITY;

  constructor(clockRateHz: number) {
    this.clockRateHz = clockRateHz;
  }

  /** What was learnt about the depth belongs to the sequence that ended. */
  startSequence(): void {
    this.seenDepth = 0;
  }

  /** `leading` is how many units precede the first one in presentation, and follow it in decoding; it counts only for the very first. */
  push(ptsTicks: number, depth: number, leading = 0): number {
    const ahead = this.insert(ptsTicks);
    if (ahead > this.seenDepth && !this.inOrder) this.seenDepth = ahead;
    const dts = this.settle(ptsTicks, Math.max(depth, this.seenDepth), leading);
    this.previousDts = dts;
    return dts;
  }

  private settle(pts: number, depth: number, leading: number): number {
    const previous = this.previousDts;
    if (previous === Number.NEGATIVE_INFINITY) {
      return pts - Math.round((depth + leading) * (this.frameTicks ?? this.clockRateHz / ASSUMED_FPS));
    }
    const wanted = this.count > depth ? this.times[this.count - 1 - depth]! : this.approach(depth);
    if (wanted > previous) return Math.min(wanted, Math.max(pts, previous));
    // The depth grew, or a time was repeated: a millisecond a unit until the times have caught up.
    return pts > previous ? Math.min(previous + Math.max(1, Math.round(this.clockRateHz / 1000)), pts) : previous;
  }

  /** The first units of a stream, with fewer times than the depth: evenly up to the first presentation. */
  private approach(depth: number): number {
    const step = (this.times[0]! - this.previousDts) / (depth - this.count + 2);
    return this.previousDts + Math.round(this.frameTicks === undefined ? step : Math.min(step, this.frameTicks));
  }

  /** Returns how many of the times are later. */
  private insert(pts: number): number {
    const times = this.times;
    let at = this.count;
    while (at > 0 && times[at - 1]! > pts) at--;
    let ahead = this.count - at;
    if (ahead === WINDOW) {
      // Earlier than all that is known: the source's clock went back.
      this.count = 0;
      ahead = 0;
      at = 0;
    }
    if (this.count === WINDOW) {
      times.copyWithin(0, 1, at);
      times[at - 1] = pts;
    } else {
      times.copyWithin(at + 1, at, this.count);
      times[at] = pts;
      this.count++;
    }
    return ahead;
  }
}
