import { ParseError } from '@mediamesh/bytes';
import { MAX_NAL_UNITS_PER_ACCESS_UNIT } from './nal-unit.ts';

const START_CODE_BYTES = 4;

/**
 * A byte stream of H.264 or H.265 into NAL units.
 *
 * Shape:    bytes that begin with a start code (leading zeros allowed) in, NAL units without start codes and trailing zeros out; empty ones are dropped.
 * Errors:   ParseError when the input does not begin with a start code or has more than MAX_NAL_UNITS_PER_ACCESS_UNIT.
 * Aliasing: NAL units are views of the input.
 * Source:   H.264 annex B, H.265 annex B.
 */
export function parseAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nalUnits: Uint8Array[] = [];
  let start = startCode(bytes, 0);
  if (start < 0 || !onlyZeros(bytes, start)) throw new ParseError('Annex B', 0, 'does not begin with a start code');
  while (start >= 0) {
    const begin = start + 3;
    start = startCode(bytes, begin);
    let end = start < 0 ? bytes.length : start;
    while (end > begin && bytes[end - 1] === 0) end--;
    if (end === begin) continue;
    if (nalUnits.length === MAX_NAL_UNITS_PER_ACCESS_UNIT) {
      throw new ParseError('Annex B', begin, `has more than ${MAX_NAL_UNITS_PER_ACCESS_UNIT} NAL units`);
    }
    nalUnits.push(bytes.subarray(begin, end));
  }
  return nalUnits;
}

export function sizeOfAnnexB(nalUnits: readonly Uint8Array[]): number {
  let size = 0;
  for (const nalUnit of nalUnits) size += START_CODE_BYTES + nalUnit.length;
  return size;
}

/** NAL units, each behind a start code of 4 bytes. */
export function serializeAnnexB(nalUnits: readonly Uint8Array[]): Uint8Array {
  const target = new Uint8Array(sizeOfAnnexB(nalUnits));
  let offset = 0;
  for (const nalUnit of nalUnits) {
    target[offset + 3] = 1;
    target.set(nalUnit, offset + START_CODE_BYTES);
    offset += START_CODE_BYTES + nalUnit.length;
  }
  return target;
}

/** Position of the next 00 00 01 at or after `from`; -1 when there is none. */
function startCode(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 3;
  for (let i = from; i <= last;) {
    const third = bytes[i + 2]!;
    if (third > 1) i += 3;
    else if (third === 1) {
      if (bytes[i] === 0 && bytes[i + 1] === 0) return i;
      i += 3;
    } else i++;
  }
  return -1;
}

function onlyZeros(bytes: Uint8Array, end: number): boolean {
  for (let i = 0; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
