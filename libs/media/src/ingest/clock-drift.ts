/** Two minutes of periods of the meter: arrival is known to a millisecond, so that a slope over them is good to about 10 ppm. */
const MAX_PERIODS = 24;
/** Half a minute: before, jitter is larger than what crystals differ by. */
const MIN_PERIODS = 6;
/** From one period to the next. No clock is wrong by a tenth: the sender paused, skipped, or was set anew. */
export const MAX_DRIFT_STEP_US = 500_000;

/**
 * How fast a sender's clock runs against ours. Networks only delay: of each period the unit counts that came earliest by its own time.
 *
 * Shape:  `add` once a period; a lead is the sender's time of a unit less the time of its arrival.
 * Units:  microseconds; parts per million, positive when the sender's clock is the faster one.
 */
export class ClockDrift {
  private readonly leadsUs: number[] = [];
  private readonly timesUs: number[] = [];

  add(leadUs: number, atUs: number): void {
    const { leadsUs, timesUs } = this;
    if (leadsUs.length > 0 && Math.abs(leadUs - leadsUs.at(-1)!) > MAX_DRIFT_STEP_US) {
      leadsUs.length = 0;
      timesUs.length = 0;
    }
    leadsUs.push(leadUs);
    timesUs.push(atUs);
    if (leadsUs.length <= MAX_PERIODS) return;
    leadsUs.shift();
    timesUs.shift();
  }

  /** Null until enough is known. Between the greatest leads of the first and of the last third: those that were delayed least. */
  ppm(): number | null {
    const { leadsUs, timesUs } = this;
    const count = leadsUs.length;
    if (count < MIN_PERIODS) return null;
    const third = Math.floor(count / 3);
    const first = this.greatest(0, third);
    const last = this.greatest(count - third, count);
    return Math.round(((leadsUs[last]! - leadsUs[first]!) / (timesUs[last]! - timesUs[first]!)) * 1e6);
  }

  private greatest(from: number, to: number): number {
    let greatest = from;
    for (let i = from + 1; i < to; i++) if (this.leadsUs[i]! > this.leadsUs[greatest]!) greatest = i;
    return greatest;
  }
}
