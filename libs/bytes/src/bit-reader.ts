import { ParseError } from './parse-error.ts';

/** An Exp-Golomb code longer than this does not fit 32 bits: the input is malformed. */
export const MAX_EXP_GOLOMB_LEADING_ZEROS = 31;

/**
 * Most significant bit first cursor, with the Exp-Golomb codes of H.264 and H.265.
 *
 * Errors: ParseError when a read goes past the end or an Exp-Golomb code exceeds 32 bits.
 * Source: H.264 9.1.
 */
export class BitReader {
  readonly input: Uint8Array;
  readonly structure: string;
  /** Position in bits. */
  position = 0;

  constructor(input: Uint8Array, structure: string) {
    this.input = input;
    this.structure = structure;
  }

  get remainingBits(): number {
    return this.input.length * 8 - this.position;
  }

  /** Up to 32 bits, unsigned. */
  bits(count: number): number {
    const at = this.take(count);
    let value = 0;
    let bit = at;
    let left = count;
    while (left > 0) {
      const inByte = bit & 7;
      const step = Math.min(8 - inByte, left);
      const chunk = (this.input[bit >> 3]! >> (8 - inByte - step)) & ((1 << step) - 1);
      value = value * (1 << step) + chunk;
      bit += step;
      left -= step;
    }
    return value;
  }

  flag(): boolean {
    const at = this.take(1);
    return ((this.input[at >> 3]! >> (7 - (at & 7))) & 1) === 1;
  }

  skip(count: number): void {
    this.take(count);
  }

  /** ue(v) */
  unsignedExpGolomb(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > MAX_EXP_GOLOMB_LEADING_ZEROS)
        throw new ParseError(this.structure, this.position >> 3, 'an Exp-Golomb code exceeds 32 bits');
    }
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v) */
  signedExpGolomb(): number {
    const code = this.unsignedExpGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : code === 0 ? 0 : -code / 2;
  }

  private take(count: number): number {
    const at = this.position;
    if (count < 0 || at + count > this.input.length * 8) {
      throw new ParseError(this.structure, at >> 3, `needs ${count} bits, ${this.input.length * 8 - at} are left`);
    }
    this.position = at + count;
    return at;
  }
}
