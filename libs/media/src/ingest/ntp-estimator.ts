import { microsFromTicks } from '../ticks.ts';

/** An estimate that is older than the arrival by more than this is thrown away: the publisher's clock is off, or it paused. */
export const MAX_NTP_LAG_US = 5_000_000;

/**
 * Wall-clock time of a track's units when the publisher does not tell it: a reference plus what has passed on the track.
 * The reference is the first unit's arrival; it is set again when an estimate is later than now, or lags by more than MAX_NTP_LAG_US.
 *
 * Units: ticks of the track's clock, microseconds since 1970.
 */
export class NtpEstimator {
  private readonly clockRateHz: number;
  private started = false;
  private referenceTicks = 0;
  private referenceUs = 0;

  constructor(clockRateHz: number) {
    this.clockRateHz = clockRateHz;
  }

  estimate(ptsTicks: number, nowUs: number): number {
    if (this.started) {
      const estimate = this.referenceUs + microsFromTicks(ptsTicks - this.referenceTicks, this.clockRateHz);
      if (estimate <= nowUs && estimate >= nowUs - MAX_NTP_LAG_US) return estimate;
    }
    this.started = true;
    this.referenceTicks = ptsTicks;
    this.referenceUs = nowUs;
    return nowUs;
  }
}
