import { ParseError } from '@mediamesh/bytes';

const TWO_POW_32 = 0x1_0000_0000;

/** Big-endian; returns the offset after it. */
export function writeU32Into(value: number, target: Uint8Array, offset: number): number {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
  return offset + 4;
}

/** A safe integer in two's complement, big-endian; returns the offset after it. */
export function writeI64Into(value: number, target: Uint8Array, offset: number): number {
  return writeU32Into(value >>> 0, target, writeU32Into(Math.floor(value / TWO_POW_32), target, offset));
}

/** The caller has checked the length. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return readI32(bytes, offset) >>> 0;
}

/** The caller has checked the length. Errors: ParseError when it is not a safe integer. */
export function readI64(bytes: Uint8Array, offset: number): number {
  const value = readI32(bytes, offset) * TWO_POW_32 + readU32(bytes, offset + 4);
  if (!Number.isSafeInteger(value)) throw new ParseError('envelope', offset, 'a 64-bit number exceeds 2^53');
  return value;
}

/** The caller has checked the length. Errors: ParseError when it is negative or not a safe integer. */
export function readU53(bytes: Uint8Array, offset: number): number {
  const value = readI64(bytes, offset);
  if (value < 0) throw new ParseError('envelope', offset, 'a counter is negative');
  return value;
}

function readI32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
}
