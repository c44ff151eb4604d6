/** In 1/256: a quarter. Retransmission makes up for what radio loses; a path that loses more does not carry the stream. */
export const CONGESTED_FRACTION = 64;
/** In a row: one can be of a moment, or of a few packets. */
export const CONGESTED_REPORTS = 2;
/** What waits on the way is through by then. */
export const PAUSE_SECONDS = 2;

/**
 * Whether the path to a reader carries the stream, by the losses that the reader reports. When it does not, the reader is to skip
 * to a key frame, as one does whose queue is full: what it would get else is pieces.
 *
 * Shape: reports of one track in; `isCongested` from the report that says so, for PAUSE_SECONDS ticks.
 */
export class Congestion {
  private bad = 0;
  private pause = 0;

  get isCongested(): boolean {
    return this.pause > 0;
  }

  /** `fractionLost` of a report, in 1/256. */
  reported(fractionLost: number): void {
    if (this.pause > 0) return; // of what was sent before
    this.bad = fractionLost < CONGESTED_FRACTION ? 0 : this.bad + 1;
    if (this.bad < CONGESTED_REPORTS) return;
    this.bad = 0;
    this.pause = PAUSE_SECONDS;
  }

  /** Every second. */
  tick(): void {
    if (this.pause > 0) this.pause--;
  }
}
