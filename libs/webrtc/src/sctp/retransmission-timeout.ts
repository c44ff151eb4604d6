/** RFC 9260 16, but for the shortest time: a second is long for media, and libwebrtc waits 400 ms. */
const INITIAL_MS = 1_000;
const MIN_MS = 400;
const MAX_MS = 10_000;

/**
 * How long an acknowledgement may take, by the round trips so far.
 *
 * Source: RFC 9260 6.3.1.
 */
export class RetransmissionTimeout {
  private smoothedMs: number | undefined;
  private variationMs = 0;
  ms = INITIAL_MS;

  /** Of what was sent once only. */
  measured(roundTripMs: number): void {
    if (this.smoothedMs === undefined) {
      this.smoothedMs = roundTripMs;
      this.variationMs = roundTripMs / 2;
    } else {
      this.variationMs = 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - roundTripMs);
      this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * roundTripMs;
    }
    this.ms = Math.min(MAX_MS, Math.max(MIN_MS, this.smoothedMs + 4 * this.variationMs));
  }

  /** Nothing came in time. */
  backOff(): void {
    this.ms = Math.min(MAX_MS, 2 * this.ms);
  }
}
