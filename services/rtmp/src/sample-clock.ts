/** RTMP rounds to a millisecond, and some encoders round twice. */
const TOLERANCE_MS = 2;

/**
 * Times of a track of sound, in samples: where the rounded time of a message is that of the sample after the last one, it is that sample.
 *
 * Units: ticks of the track's clock.
 */
export class SampleClock {
  private readonly toleranceTicks: number;
  private expectedTicks: number | undefined;

  constructor(clockRateHz: number) {
    this.toleranceTicks = (clockRateHz * TOLERANCE_MS) / 1000;
  }

  /** `durationTicks` undefined: nothing is expected of the next. */
  place(roundedTicks: number, durationTicks: number | undefined): number {
    const expected = this.expectedTicks;
    const ticks = expected !== undefined && Math.abs(roundedTicks - expected) <= this.toleranceTicks ? expected : roundedTicks;
    this.expectedTicks = durationTicks === undefined ? undefined : ticks + durationTicks;
    return ticks;
  }
}
