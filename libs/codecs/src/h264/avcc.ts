import { ByteReader, ParseError } from '@mediamesh/bytes';
import { MAX_ACCESS_UNIT_BYTES, MAX_NAL_UNITS_PER_ACCESS_UNIT } from './nal-unit.ts';

const LENGTH_BYTES = 4;

/**
 * Length-prefixed NAL units, as in MP4 and FLV.
 *
 * Shape:    prefixes of `lengthBytes` bytes; empty NAL units are dropped (some encoders pad with them).
 * Errors:   ParseError when a length exceeds the input, or at the limits of an access unit.
 * Aliasing: NAL units are views of the input.
 * Source:   ISO 14496-15 5.3.4.2.
 */
export function parseAvcc(bytes: Uint8Array, lengthBytes: 1 | 2 | 3 | 4 = LENGTH_BYTES): Uint8Array[] {
  if (bytes.length > MAX_ACCESS_UNIT_BYTES) throw new ParseError('AVCC', 0, `is larger than ${MAX_ACCESS_UNIT_BYTES} bytes`);
  const reader = new ByteReader(bytes, 'AVCC');
  const nalUnits: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const length = readLength(reader, lengthBytes);
    if (length === 0) continue;
    if (nalUnits.length === MAX_NAL_UNITS_PER_ACCESS_UNIT) {
      throw new ParseError('AVCC', reader.position, `has more than ${MAX_NAL_UNITS_PER_ACCESS_UNIT} NAL units`);
    }
    nalUnits.push(reader.bytes(length));
  }
  return nalUnits;
}

export function sizeOfAvcc(nalUnits: readonly Uint8Array[]): number {
  let size = 0;
  for (const nalUnit of nalUnits) size += LENGTH_BYTES + nalUnit.length;
  return size;
}

/** NAL units, each behind its length in 4 bytes. */
export function serializeAvcc(nalUnits: readonly Uint8Array[]): Uint8Array {
  const target = new Uint8Array(sizeOfAvcc(nalUnits));
  writeAvccInto(nalUnits, target, 0);
  return target;
}

/** Writes what `serializeAvcc` returns, and returns the offset behind it. */
export function writeAvccInto(nalUnits: readonly Uint8Array[], target: Uint8Array, offset: number): number {
  let at = offset;
  for (const nalUnit of nalUnits) {
    const length = nalUnit.length;
    target[at] = length >>> 24;
    target[at + 1] = length >>> 16;
    target[at + 2] = length >>> 8;
    target[at + 3] = length;
    target.set(nalUnit, at + LENGTH_BYTES);
    at += LENGTH_BYTES + length;
  }
  return at;
}

function readLength(reader: ByteReader, lengthBytes: 1 | 2 | 3 | 4): number {
  switch (lengthBytes) {
    case 1:
      return reader.u8();
    case 2:
      return reader.u16();
    case 3:
      return reader.u24();
    case 4:
      return reader.u32();
  }
}
