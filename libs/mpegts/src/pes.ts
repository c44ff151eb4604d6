import { ParseError } from '@mediamesh/bytes';

const STRUCTURE = 'PES packet';
export const PES_HEADER_BYTES = 9;
const STAMP_BYTES = 5;
/** 2^33 ticks of 90 kHz: 26.5 hours. */
export const PES_CLOCK_PERIOD = 0x2_0000_0000;

export interface PesHeader {
  readonly streamId: number;
  /** Of the packet, header included; undefined when it is not bounded (video only). */
  readonly sizeBytes: number | undefined;
  readonly headerBytes: number;
  /** 33 bits, 90 kHz. */
  readonly pts: number | undefined;
  readonly dts: number | undefined;
}

/**
 * Errors: ParseError without start code, when truncated, scrambled, or of a kind without the optional header (padding, maps).
 * Source: ISO 13818-1 2.4.3.6.
 */
export function parsePesHeader(bytes: Uint8Array): PesHeader {
  if (bytes.length < PES_HEADER_BYTES) throw new ParseError(STRUCTURE, bytes.length, 'its header is truncated');
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 1) throw new ParseError(STRUCTURE, 0, 'has no start code');
  if ((bytes[6]! & 0xc0) !== 0x80) throw new ParseError(STRUCTURE, 6, 'has no optional header');
  if ((bytes[6]! & 0x30) !== 0) throw new ParseError(STRUCTURE, 6, 'is scrambled');
  const headerBytes = PES_HEADER_BYTES + bytes[8]!;
  if (headerBytes > bytes.length) throw new ParseError(STRUCTURE, bytes.length, 'its header is truncated');
  const length = (bytes[4]! << 8) | bytes[5]!;
  const stamps = bytes[7]! >> 6;
  if ((stamps & 2) !== 0 && headerBytes < PES_HEADER_BYTES + STAMP_BYTES * (stamps - 1))
    throw new ParseError(STRUCTURE, 8, 'its header is too short for its times');
  return {
    streamId: bytes[3]!,
    sizeBytes: length === 0 ? undefined : 6 + length,
    headerBytes,
    pts: (stamps & 2) === 0 ? undefined : readStamp(bytes, PES_HEADER_BYTES),
    dts: stamps === 3 ? readStamp(bytes, PES_HEADER_BYTES + STAMP_BYTES) : undefined,
  };
}

function readStamp(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! >> 1) & 7;
  const middle = (bytes[at + 1]! << 7) | (bytes[at + 2]! >> 1);
  const low = (bytes[at + 3]! << 7) | (bytes[at + 4]! >> 1);
  return high * 0x4000_0000 + middle * 0x8000 + low;
}

/** Size of the header that `writePesHeaderInto` writes. */
export function sizeOfPesHeader(hasDts: boolean): number {
  return PES_HEADER_BYTES + (hasDts ? 2 : 1) * STAMP_BYTES;
}

/** `payloadBytes` beyond 16 bits, which only video may have, is written as unbounded. Times are taken modulo 2^33. */
export function writePesHeaderInto(
  header: { readonly streamId: number; readonly pts: number; readonly dts: number; readonly payloadBytes: number },
  target: Uint8Array,
  at: number,
): number {
  const { streamId, pts, dts, payloadBytes } = header;
  const hasDts = pts !== dts;
  const stampBytes = (hasDts ? 2 : 1) * STAMP_BYTES;
  const length = 3 + stampBytes + payloadBytes;
  target[at + 2] = 1;
  target[at + 3] = streamId;
  target[at + 4] = length > 0xffff ? 0 : length >> 8;
  target[at + 5] = length > 0xffff ? 0 : length;
  target[at + 6] = 0x84; // data alignment
  target[at + 7] = hasDts ? 0xc0 : 0x80;
  target[at + 8] = stampBytes;
  writeStampInto(hasDts ? 3 : 2, pts, target, at + PES_HEADER_BYTES);
  if (hasDts) writeStampInto(1, dts, target, at + PES_HEADER_BYTES + STAMP_BYTES);
  return at + PES_HEADER_BYTES + stampBytes;
}

function writeStampInto(prefix: number, ticks: number, target: Uint8Array, at: number): void {
  const stamp = ((ticks % PES_CLOCK_PERIOD) + PES_CLOCK_PERIOD) % PES_CLOCK_PERIOD;
  const high = Math.floor(stamp / 0x4000_0000);
  const low = stamp % 0x4000_0000;
  target[at] = (prefix << 4) | (high << 1) | 1;
  target[at + 1] = low >> 22;
  target[at + 2] = ((low >> 14) & 0xfe) | 1;
  target[at + 3] = low >> 7;
  target[at + 4] = ((low << 1) & 0xfe) | 1;
}
