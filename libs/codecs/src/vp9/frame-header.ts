import { BitReader, ParseError } from '@mediamesh/bytes';

const FRAME_MARKER = 2;
const SYNC_CODE = 0x498342;
const COLOUR_SPACE_RGB = 7;
/** Up to the frame size. */
const HEADER_BYTES = 16;

export interface Vp9FrameHeader {
  readonly profile: number;
  readonly key: boolean;
  /** The frame only shows an earlier one. */
  readonly showExisting: boolean;
  /** Key frames only. */
  readonly bitDepth?: 8 | 10 | 12;
  readonly subsamplingX?: boolean;
  readonly subsamplingY?: boolean;
  readonly fullRange?: boolean;
  /** In pixels; key frames only. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * The start of the uncompressed header; of a superframe, that of its first frame.
 *
 * Errors: ParseError when truncated, without frame marker, or when a key frame has no sync code.
 * Source: VP9 bitstream specification 6.2, 7.2.
 */
export function parseVp9FrameHeader(frame: Uint8Array): Vp9FrameHeader {
  const reader = new BitReader(frame.subarray(0, HEADER_BYTES), 'VP9 frame header');
  if (reader.bits(2) !== FRAME_MARKER) throw new ParseError('VP9 frame header', 0, 'has no frame marker');
  const profile = reader.bits(1) | (reader.bits(1) << 1);
  if (profile === 3) reader.skip(1);
  if (reader.flag()) return { profile, key: false, showExisting: true };
  const key = !reader.flag();
  reader.skip(2); // show_frame, error_resilient_mode
  if (!key) return { profile, key, showExisting: false };
  if (reader.bits(24) !== SYNC_CODE) throw new ParseError('VP9 frame header', 1, 'has no sync code');
  const bitDepth = profile >= 2 ? (reader.flag() ? 12 : 10) : 8;
  const colour = readColour(reader, profile);
  const width = reader.bits(16) + 1;
  const height = reader.bits(16) + 1;
  return { profile, key, showExisting: false, bitDepth, ...colour, width, height };
}

function readColour(reader: BitReader, profile: number): { subsamplingX: boolean; subsamplingY: boolean; fullRange: boolean } {
  const odd = (profile & 1) === 1;
  if (reader.bits(3) === COLOUR_SPACE_RGB) {
    if (odd) reader.skip(1);
    return { subsamplingX: false, subsamplingY: false, fullRange: true };
  }
  const fullRange = reader.flag();
  if (!odd) return { subsamplingX: true, subsamplingY: true, fullRange };
  const subsamplingX = reader.flag();
  const subsamplingY = reader.flag();
  reader.skip(1);
  return { subsamplingX, subsamplingY, fullRange };
}
