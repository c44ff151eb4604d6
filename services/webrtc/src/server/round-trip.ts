/** Longer than any jitter that a picture survives without a pause. */
export const QUEUE_US = 200_000;
/** A way that has become longer for good is the usual one by then. */
export const USUAL_SECONDS = 30;

/**
 * Whether packets wait on the way to a reader and back: what their round trip takes more than the shortest of the last half to whole
 * minute.
 */
export class RoundTrip {
  private shortestUs = Infinity;
  private formerUs = Infinity;
  private seconds = 0;

  /** Every second; undefined: not known yet. */
  hasGrown(roundTripUs: number | undefined): boolean {
    if (roundTripUs === undefined) return false;
    if (++this.seconds > USUAL_SECONDS) {
      this.seconds = 1;
      this.formerUs = this.shortestUs;
      this.shortestUs = Infinity;
    }
    this.shortestUs = Math.min(this.shortestUs, roundTripUs);
    return roundTripUs >= Math.min(this.shortestUs, this.formerUs) + QUEUE_US;
  }
}
