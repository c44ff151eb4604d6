const MICROS_A_SECOND = 1_000_000;

/** Ticks of a clock as microseconds, rounded; exact for times of centuries, since whole seconds are converted apart. */
export function microsFromTicks(ticks: number, clockRateHz: number): number {
  const seconds = Math.floor(ticks / clockRateHz);
  return seconds * MICROS_A_SECOND + Math.round(((ticks - seconds * clockRateHz) * MICROS_A_SECOND) / clockRateHz);
}

/** Microseconds as ticks of a clock, rounded. */
export function ticksFromMicros(micros: number, clockRateHz: number): number {
  const seconds = Math.floor(micros / MICROS_A_SECOND);
  return seconds * clockRateHz + Math.round(((micros - seconds * MICROS_A_SECOND) * clockRateHz) / MICROS_A_SECOND);
}
