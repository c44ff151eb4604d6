import { microsFromTicks } from '../ticks.ts';

/** An estimate that is older than the arrival by more than this is thrown away: the publisher's clock is off, or it paused. */
export const MAX_NTP_LAG_US = 5_000_000;

/** Units that come in bursts are this much earlier than they are due; a reference that is new moves until it allows for them. */
const BURST_US = 250_000;

/**
 * Wall-clock time of a track's units when the publisher does not tell it: a reference plus what has passed on the track.
 * The reference is the first unit's arrival; it is set again when an estimate is later than now, or lags by more than MAX_NTP_LAG_US.
 *
 * A stream that continues another's timeline keeps its reference, and may be ahead of now by as much as it is from the start:
 * receivers map times by the wall clock that they were told before.
 *
 * Units: ticks of the track's clock, microseconds since 1970.
 */
export class NtpEstimator {
  private readonly clockRateHz: number;
  private started = false;
  private referenceTicks = 0;
  private referenceUs = 0;
  private leadUs = 0;

  constructor(clockRateHz: number) {
    this.clockRateHz = clockRateHz;
  }

  /** Of the timeline that is continued. `leadUs`: how far its wall clock is ahead at the first unit. */
  continueFrom(referenceTicks: number, referenceUs: number, leadUs: number): void {
    this.started = true;
    this.referenceTicks = referenceTicks;
    this.referenceUs = referenceUs;
    this.leadUs = Math.max(0, leadUs) + BURST_US;
  }

  estimate(ptsTicks: number, nowUs: number): number {
    if (this.started) {
      const estimate = this.referenceUs + microsFromTicks(ptsTicks - this.referenceTicks, this.clockRateHz);
      if (estimate <= nowUs + this.leadUs && estimate >= nowUs - MAX_NTP_LAG_US) return estimate;
    }
    this.started = true;
    this.leadUs = 0;
    this.referenceTicks = ptsTicks;
    this.referenceUs = nowUs;
    return nowUs;
  }
}
