import { ByteReader, ParseError } from '@mediamesh/bytes';
import { readLeb128 } from './leb128.ts';

/** obu_type values. Source: AV1 6.2.2. */
export const AV1_OBU = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  tileGroup: 4,
  metadata: 5,
  frame: 6,
  redundantFrameHeader: 7,
  tileList: 8,
  padding: 15,
} as const;

/** obu_has_size_field and obu_extension_flag of the header's first byte. */
export const AV1_OBU_HAS_SIZE = 0x02;
export const AV1_OBU_HAS_EXTENSION = 0x04;
const FORBIDDEN = 0x80;

export function av1ObuType(obu: Uint8Array): number {
  return obu.length === 0 ? 0 : (obu[0]! >> 3) & 0x0f;
}

/**
 * What follows the header, and the size field if there is one.
 *
 * Errors:   ParseError when truncated or when the size exceeds the input.
 * Aliasing: a view of the input.
 */
export function av1ObuPayload(obu: Uint8Array): Uint8Array {
  const reader = new ByteReader(obu, 'OBU');
  const header = reader.u8();
  if ((header & FORBIDDEN) !== 0) throw new ParseError('OBU', 0, 'has its forbidden bit set');
  if ((header & AV1_OBU_HAS_EXTENSION) !== 0) reader.skip(1);
  return (header & AV1_OBU_HAS_SIZE) === 0 ? reader.rest() : reader.bytes(readLeb128(reader));
}

/**
 * The same OBU without its size field.
 *
 * Errors:   ParseError when truncated or when the size exceeds the input.
 * Aliasing: the input itself when it has no size field, else a copy.
 */
export function withoutAv1ObuSize(obu: Uint8Array): Uint8Array {
  if (obu.length === 0) throw new ParseError('OBU', 0, 'is empty');
  if ((obu[0]! & AV1_OBU_HAS_SIZE) === 0) return obu;
  const payload = av1ObuPayload(obu);
  const headerBytes = (obu[0]! & AV1_OBU_HAS_EXTENSION) === 0 ? 1 : 2;
  const target = new Uint8Array(headerBytes + payload.length);
  target.set(obu.subarray(0, headerBytes));
  target[0]! &= ~AV1_OBU_HAS_SIZE;
  target.set(payload, headerBytes);
  return target;
}
