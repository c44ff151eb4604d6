import { ByteReader, ParseError } from '@mediamesh/bytes';
import { readLeb128, sizeOfLeb128, writeLeb128Into } from './leb128.ts';
import { AV1_OBU_HAS_EXTENSION, AV1_OBU_HAS_SIZE, withoutAv1ObuSize } from './obu.ts';

/** OBUs of a temporal unit: 64 tile groups for each of 8 spatial layers, and room for metadata. */
export const MAX_OBUS_PER_TEMPORAL_UNIT = 1024;

/**
 * The low-overhead byte stream, where each OBU has a size field, as in MP4 and FLV.
 *
 * Shape:  bytes of a temporal unit in, OBUs without size fields out.
 * Errors: ParseError when an OBU has no size field, exceeds the input, or at MAX_OBUS_PER_TEMPORAL_UNIT.
 * Source: AV1 5.2.
 */
export function parseAv1LowOverhead(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes, 'AV1 low-overhead byte stream');
  const obus: Uint8Array[] = [];
  while (reader.remaining > 0) {
    if (obus.length === MAX_OBUS_PER_TEMPORAL_UNIT) {
      throw new ParseError(reader.structure, reader.position, `has more than ${MAX_OBUS_PER_TEMPORAL_UNIT} OBUs`);
    }
    const start = reader.position;
    const header = reader.u8();
    if ((header & AV1_OBU_HAS_SIZE) === 0) throw new ParseError(reader.structure, start, 'has an OBU without size field');
    if ((header & AV1_OBU_HAS_EXTENSION) !== 0) reader.skip(1);
    reader.skip(readLeb128(reader));
    obus.push(withoutAv1ObuSize(bytes.subarray(start, reader.position)));
  }
  return obus;
}

export function sizeOfAv1LowOverhead(obus: readonly Uint8Array[]): number {
  let size = 0;
  for (const obu of obus) size += obu.length + sizeOfLeb128(obu.length - headerBytes(obu));
  return size;
}

/** OBUs without size fields in, their byte stream out. */
export function serializeAv1LowOverhead(obus: readonly Uint8Array[]): Uint8Array {
  const target = new Uint8Array(sizeOfAv1LowOverhead(obus));
  writeAv1LowOverheadInto(obus, target, 0);
  return target;
}

/** Writes what `serializeAv1LowOverhead` returns, and returns the offset behind it. */
export function writeAv1LowOverheadInto(obus: readonly Uint8Array[], target: Uint8Array, offset: number): number {
  let at = offset;
  for (const obu of obus) {
    const header = headerBytes(obu);
    target.set(obu.subarray(0, header), at);
    target[at]! |= AV1_OBU_HAS_SIZE;
    at = writeLeb128Into(obu.length - header, target, at + header);
    target.set(obu.subarray(header), at);
    at += obu.length - header;
  }
  return at;
}

function headerBytes(obu: Uint8Array): number {
  return (obu[0]! & AV1_OBU_HAS_EXTENSION) === 0 ? 1 : 2;
}
