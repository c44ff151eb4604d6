const INITIAL_BYTES = 256;

/** Big-endian writer that grows; `finish()` returns what was written, without a copy. */
export class ByteWriter {
  private target: Uint8Array;
  private length = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    this.target = new Uint8Array(initialBytes);
  }

  get position(): number {
    return this.length;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.target[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.target[at] = value >>> 8;
    this.target[at + 1] = value;
    return this;
  }

  u24(value: number): this {
    const at = this.reserve(3);
    this.target[at] = value >>> 16;
    this.target[at + 1] = value >>> 8;
    this.target[at + 2] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.target[at] = value >>> 24;
    this.target[at + 1] = value >>> 16;
    this.target[at + 2] = value >>> 8;
    this.target[at + 3] = value;
    return this;
  }

  /** A safe, non-negative integer as 64 bits. */
  u64(value: number): this {
    return this.u32(Math.floor(value / 0x1_0000_0000)).u32(value >>> 0);
  }

  bytes(value: Uint8Array): this {
    const at = this.reserve(value.length);
    this.target.set(value, at);
    return this;
  }

  finish(): Uint8Array {
    return this.target.subarray(0, this.length);
  }

  private reserve(length: number): number {
    const at = this.length;
    this.length += length;
    if (this.length > this.target.length) {
      const grown = new Uint8Array(Math.max(this.length, this.target.length * 2));
      grown.set(this.target.subarray(0, at));
      this.target = grown;
    }
    return at;
  }
}
