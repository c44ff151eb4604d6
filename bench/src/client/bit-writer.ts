/** Bits of an H.264 parameter set, with emulation prevention at the end. */
export class BitWriter {
  private readonly bits: number[] = [];

  fixed(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.bits.push((value >>> i) & 1);
    return this;
  }

  /** ue(v) */
  golomb(value: number): this {
    const count = 32 - Math.clz32(value + 1);
    return this.fixed(0, count - 1).fixed(value + 1, count);
  }

  /** A NAL unit: its header, what was written, and the trailing bits. */
  nalUnit(header: number): Uint8Array {
    this.fixed(1, 1);
    while (this.bits.length % 8 !== 0) this.bits.push(0);
    const bytes = [header];
    for (let i = 0; i < this.bits.length; i += 8) {
      const byte = parseInt(this.bits.slice(i, i + 8).join(''), 2);
      if (byte <= 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3);
      bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  }
}
