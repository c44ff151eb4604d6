import { PES_CLOCK_PERIOD } from './pes.ts';

const CLOCK_RATE_HZ = 90_000;
/** A step of more is another time line: a file that begins again, a programme that was spliced in. */
export const MAX_TIME_STEP_TICKS = 10 * CLOCK_RATE_HZ;
/** Between what was before a jump and what is behind it: a frame at 25 fps. */
const JUMP_GAP_TICKS = 3_600;

/**
 * The 33-bit times of one stream on a time line that begins at 0 and never jumps.
 *
 * Shape:   `place` the DTS of each unit, of all tracks, in the order of arrival.
 * Units:   ticks of 90 kHz.
 * Jumps:   after a step of more than MAX_TIME_STEP_TICKS, either way, time goes on where it was.
 */
export class TsClock {
  private lastRaw = 0;
  private last = 0;
  private started = false;
  /** What the first time was. */
  originTicks = 0;
  /** The last `place` went over a jump. */
  jumped = false;

  /** Of what was placed last. */
  get lastTicks(): number | undefined {
    return this.started ? this.last : undefined;
  }

  /** The DTS on the time line. */
  place(rawDts: number): number {
    if (!this.started) {
      this.started = true;
      this.lastRaw = rawDts;
      this.originTicks = rawDts;
      return 0;
    }
    const step = wrapped(rawDts - this.lastRaw);
    this.lastRaw = rawDts;
    this.jumped = Math.abs(step) > MAX_TIME_STEP_TICKS;
    this.last += this.jumped ? JUMP_GAP_TICKS : step;
    return this.last;
  }
}

/** A difference of two 33-bit times, the shorter way round. */
export function wrapped(difference: number): number {
  const half = PES_CLOCK_PERIOD / 2;
  const positive = ((difference % PES_CLOCK_PERIOD) + PES_CLOCK_PERIOD) % PES_CLOCK_PERIOD;
  return positive >= half ? positive - PES_CLOCK_PERIOD : positive;
}
