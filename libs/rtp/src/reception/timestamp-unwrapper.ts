/**
 * 32-bit RTP timestamps into ticks that never wrap.
 *
 * Shape: the first timestamp is returned as it is; each next is taken as less than 2^31 ticks before or after the one before.
 * Units: ticks of the track's clock, safe integers; negative when time runs back past the first wrap.
 */
export class RtpTimestampUnwrapper {
  private last = 0;
  private ticks = 0;
  private started = false;

  unwrap(timestamp: number): number {
    if (this.started) this.ticks += (timestamp - this.last) | 0;
    else {
      this.started = true;
      this.ticks = timestamp;
    }
    this.last = timestamp;
    return this.ticks;
  }
}
