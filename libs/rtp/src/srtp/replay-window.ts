/** At least this many packets are told apart from replays. Source: RFC 3711 3.3.2. */
export const REPLAY_WINDOW_PACKETS = 64;

/**
 * Which packet indexes have been received, as a bit mask of the last 64 in two halves.
 *
 * Shape: `accepts` before the tag is checked, `record` after.
 * Units: indexes of up to 48 bits.
 */
export class ReplayWindow {
  private highest = -1;
  /** Bit 0 is `highest`, older packets above it. */
  private recent = 0;
  private older = 0;

  accepts(index: number): boolean {
    const age = this.highest - index;
    if (age < 0) return true;
    if (age >= REPLAY_WINDOW_PACKETS) return false;
    return age < 32 ? ((this.recent >>> age) & 1) === 0 : ((this.older >>> (age - 32)) & 1) === 0;
  }

  record(index: number): void {
    const advance = index - this.highest;
    if (advance > 0) {
      this.shift(advance);
      this.highest = index;
      this.recent |= 1;
      return;
    }
    const age = -advance;
    if (age < 32) this.recent |= 1 << age;
    else if (age < REPLAY_WINDOW_PACKETS) this.older |= 1 << (age - 32);
  }

  private shift(count: number): void {
    if (count >= REPLAY_WINDOW_PACKETS) {
      this.recent = 0;
      this.older = 0;
    } else if (count >= 32) {
      this.older = this.recent << (count - 32);
      this.recent = 0;
    } else {
      this.older = (this.older << count) | (this.recent >>> (32 - count));
      this.recent <<= count;
    }
  }
}
