/** The first unit's time: those that begin before it stay positive. As MediaMTX's HLS. */
const START_S = 10;
/** Between what was before a discontinuity and what is behind it: a frame at 25 fps. */
const GAP_S = 0.04;

/**
 * One time line for all playlists of a source, across discontinuities; and when what is on it is due.
 *
 * Units: seconds; `wallMs` milliseconds of a monotonic clock.
 */
export class SourceClock {
  private readonly offsets = new Map<number, number>();
  private last: number | undefined;
  private startMs: number | undefined;

  /** The shift of a run, by its discontinuity sequence; `seconds` is a time of it, that of its first unit when the run is new. */
  offsetOf(discontinuitySequence: number, seconds: number): number {
    let offset = this.offsets.get(discontinuitySequence);
    if (offset === undefined) {
      offset = this.last === undefined ? START_S - seconds : this.last + GAP_S - seconds;
      this.offsets.set(discontinuitySequence, offset);
      const [oldest] = this.offsets.keys();
      if (this.offsets.size > 16) this.offsets.delete(oldest!); // no playlist lags so far behind
    }
    return offset;
  }

  /** `seconds` on the time line was taken. */
  reached(seconds: number): void {
    if (this.last === undefined || seconds > this.last) this.last = seconds;
  }

  /** When a time is due. The first one is due at once. */
  dueMs(seconds: number, nowMs: number): number {
    this.startMs ??= nowMs - seconds * 1000;
    return this.startMs + seconds * 1000;
  }

  /** The stream was interrupted for so long: everything is due later. */
  delay(byMs: number): void {
    if (this.startMs !== undefined) this.startMs += byMs;
  }
}
