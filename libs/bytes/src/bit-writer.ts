/** Most significant bit first writer; `finish()` pads the last byte with zeros. */
export class BitWriter {
  private readonly output: number[] = [];
  private pending = 0;
  private pendingBits = 0;

  /** The lowest `count` bits of `value`, count at most 32. */
  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.pending = (this.pending << 1) | (Math.floor(value / 2 ** bit) & 1);
      this.pendingBits++;
      if (this.pendingBits === 8) {
        this.output.push(this.pending);
        this.pending = 0;
        this.pendingBits = 0;
      }
    }
    return this;
  }

  flag(value: boolean): this {
    return this.bits(value ? 1 : 0, 1);
  }

  finish(): Uint8Array {
    const bytes = this.pendingBits === 0 ? this.output : [...this.output, this.pending << (8 - this.pendingBits)];
    return Uint8Array.from(bytes);
  }
}
