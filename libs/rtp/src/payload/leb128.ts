import { ParseError } from '@mediamesh/bytes';

/** Of 32-bit values. */
const MAX_LEB128_BYTES = 5;

/** Source: AV1 4.10.5. */
export function sizeOfLeb128(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Returns the offset behind it. */
export function writeLeb128Into(value: number, target: Uint8Array, offset: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 128) {
    target[at++] = 0x80 | (rest & 0x7f);
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** Errors: ParseError when it is truncated or longer than a 32-bit value needs. */
export function parseLeb128(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < MAX_LEB128_BYTES; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) throw new ParseError('leb128', offset + i, 'is truncated');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) return value;
  }
  throw new ParseError('leb128', offset, `is longer than ${MAX_LEB128_BYTES} bytes`);
}

/** Bytes that the value at `offset` takes; it has been parsed before. */
export function leb128BytesAt(bytes: Uint8Array, offset: number): number {
  let length = 1;
  while ((bytes[offset + length - 1]! & 0x80) !== 0) length++;
  return length;
}
