import { ByteReader, ParseError } from '@mediamesh/bytes';

const START_CODE = 0x9d012a;

export interface Vp8FrameHeader {
  readonly key: boolean;
  readonly version: number;
  readonly show: boolean;
  /** In pixels; key frames only. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Errors: ParseError when truncated, or when a key frame has no start code.
 * Source: RFC 6386 9.1.
 */
export function parseVp8FrameHeader(frame: Uint8Array): Vp8FrameHeader {
  const reader = new ByteReader(frame, 'VP8 frame header');
  const tag = reader.u8();
  reader.skip(2);
  const key = (tag & 1) === 0;
  const version = (tag >> 1) & 7;
  const show = (tag & 0x10) !== 0;
  if (!key) return { key, version, show };
  if (reader.u24() !== START_CODE) throw new ParseError('VP8 frame header', 3, 'has no start code');
  return { key, version, show, width: littleEndian14(reader), height: littleEndian14(reader) };
}

/** The upper two bits are the scale. */
function littleEndian14(reader: ByteReader): number {
  const low = reader.u8();
  return low | ((reader.u8() & 0x3f) << 8);
}
