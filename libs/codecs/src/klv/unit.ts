import { ParseError } from '@mediamesh/bytes';

/** Universal label (SMPTE 336M 4.1). */
export const KLV_KEY_BYTES = 16;
/** Bytes of a unit; metadata of a frame has some hundreds. */
export const MAX_KLV_UNIT_BYTES = 1024 * 1024;
const LABEL = 0x060e2b34;

/**
 * Size of the unit that `bytes` begins with, from its BER length; undefined when the length is not complete yet.
 *
 * Errors: ParseError when it does not begin with a universal label, its length is of the indefinite form, or exceeds MAX_KLV_UNIT_BYTES.
 * Source: SMPTE 336M 4, ITU-T X.690 8.1.3.
 */
export function klvUnitBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length >= 4) {
    const label = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
    if (label !== LABEL) throw new ParseError('KLV unit', 0, 'does not begin with a universal label');
  }
  const first = bytes[KLV_KEY_BYTES];
  if (first === undefined) return undefined;
  let start = KLV_KEY_BYTES + 1;
  let length = first;
  if (first >= 0x80) {
    const lengthBytes = first & 0x7f;
    if (lengthBytes === 0 || lengthBytes > 8) throw new ParseError('KLV unit', KLV_KEY_BYTES, `has a length of ${lengthBytes} bytes`);
    if (bytes.length < start + lengthBytes) return undefined;
    length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[start + i]!;
    start += lengthBytes;
  }
  if (start + length > MAX_KLV_UNIT_BYTES) throw new ParseError('KLV unit', KLV_KEY_BYTES, `exceeds ${MAX_KLV_UNIT_BYTES} bytes`);
  return start + length;
}

/**
 * A run of complete units.
 *
 * Errors:   ParseError as `klvUnitBytes`, or when the last unit is truncated.
 * Aliasing: units are views of the input.
 */
export function parseKlvUnits(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = klvUnitBytes(bytes.subarray(at));
    if (size === undefined || at + size > bytes.length) throw new ParseError('KLV unit', at, 'is truncated');
    units.push(bytes.subarray(at, at + size));
    at += size;
  }
  return units;
}
