/** A track whose messages go back by more than this began anew; less is how encoders interleave and round. */
const MAX_STEP_BACK_MS = 1_000;

/** What the clock knows of a track. */
export interface ClockedTrack {
  /** Of its last message, undefined before the first. */
  lastMs: number | undefined;
}

/**
 * Times of a publisher's messages on one timeline that begins at 0 and does not wrap.
 *
 * A publisher whose times begin anew goes on where it was. A step forward is a gap, and stays one.
 * Units:  timestamps are milliseconds modulo 2^32; the result is milliseconds.
 */
export class MessageClock {
  private started = false;
  private lastTimestampMs = 0;
  /** Of the last message, without what restarts add. */
  private elapsedMs = 0;
  private offsetMs = 0;
  private latestMs = 0;

  /** `restarted` is called before the result of a message that began anew. */
  timeMs(timestampMs: number, track: ClockedTrack, restarted: () => void): number {
    if (this.started) this.elapsedMs += (timestampMs - this.lastTimestampMs) | 0; // the shorter way round
    this.started = true;
    this.lastTimestampMs = timestampMs;
    let timeMs = this.elapsedMs + this.offsetMs;
    if (track.lastMs !== undefined && timeMs < track.lastMs - MAX_STEP_BACK_MS) {
      this.offsetMs += this.latestMs - timeMs;
      timeMs = this.latestMs;
      restarted();
    }
    track.lastMs = timeMs;
    if (timeMs > this.latestMs) this.latestMs = timeMs;
    return timeMs;
  }
}
