import { ParseError } from '@mediamesh/bytes';
import type { ByteReader } from '@mediamesh/bytes';

/** Bytes of a leb128 value (AV1 4.10.5). */
export const MAX_LEB128_BYTES = 8;

/** Errors: ParseError when truncated, longer than MAX_LEB128_BYTES, or above 2^32 - 1. */
export function readLeb128(reader: ByteReader): number {
  let value = 0;
  for (let i = 0; i < MAX_LEB128_BYTES; i++) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) !== 0) continue;
    if (value > 0xffff_ffff) throw new ParseError(reader.structure, reader.position, 'a leb128 value exceeds 32 bits');
    return value;
  }
  throw new ParseError(reader.structure, reader.position, `a leb128 value exceeds ${MAX_LEB128_BYTES} bytes`);
}

export function sizeOfLeb128(value: number): number {
  let size = 1;
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) size++;
  return size;
}

/** Writes the shortest form and returns the offset behind it. */
export function writeLeb128Into(value: number, target: Uint8Array, offset: number): number {
  let left = value;
  let at = offset;
  while (left >= 128) {
    target[at++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  target[at++] = left;
  return at;
}
