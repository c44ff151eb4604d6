import { ParseError } from './parse-error.ts';

/**
 * Big-endian cursor over bytes.
 *
 * Errors:   ParseError when a read goes past the end; it never returns 0 instead.
 * Aliasing: `bytes()` and `rest()` are views of the input.
 */
export class ByteReader {
  readonly input: Uint8Array;
  readonly structure: string;
  position: number;

  constructor(input: Uint8Array, structure: string, position = 0) {
    this.input = input;
    this.structure = structure;
    this.position = position;
  }

  get remaining(): number {
    return this.input.length - this.position;
  }

  u8(): number {
    const at = this.take(1);
    return this.input[at]!;
  }

  u16(): number {
    const at = this.take(2);
    return (this.input[at]! << 8) | this.input[at + 1]!;
  }

  u24(): number {
    const at = this.take(3);
    return (this.input[at]! << 16) | (this.input[at + 1]! << 8) | this.input[at + 2]!;
  }

  u32(): number {
    const at = this.take(4);
    const input = this.input;
    return ((input[at]! << 24) | (input[at + 1]! << 16) | (input[at + 2]! << 8) | input[at + 3]!) >>> 0;
  }

  /** 64 bits as a number; ParseError when it is not a safe integer. */
  u64(): number {
    const at = this.position;
    const value = this.u32() * 0x1_0000_0000 + this.u32();
    if (!Number.isSafeInteger(value)) throw new ParseError(this.structure, at, 'a 64-bit number exceeds 2^53');
    return value;
  }

  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.input.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.take(length);
  }

  private take(length: number): number {
    const at = this.position;
    if (length < 0 || at + length > this.input.length) {
      throw new ParseError(this.structure, at, `needs ${length} bytes, ${this.input.length - at} are left`);
    }
    this.position = at + length;
    return at;
  }
}
