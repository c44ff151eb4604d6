import { BitReader } from '@mediamesh/bytes';

const FRAME_MARKER = 2;
const SYNC_CODE = 0x498342;
const COLOR_SPACE_RGB = 7;

/** Of the largest part of a header that is read here; a frame is not scanned further. */
const HEADER_BYTES = 16;

export interface Vp9FrameSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Size of a VP9 key frame; undefined for other frames, and for what is no VP9 frame.
 *
 * Source: VP9 6.2, 7.2.
 */
export function vp9KeyFrameSize(frame: Uint8Array): Vp9FrameSize | undefined {
  if (frame.length < HEADER_BYTES) return undefined;
  const bits = new BitReader(frame.subarray(0, HEADER_BYTES), 'VP9 uncompressed header');
  if (bits.bits(2) !== FRAME_MARKER) return undefined;
  const profile = bits.bits(1) | (bits.bits(1) << 1);
  if (profile === 3) bits.skip(1);
  const showExistingFrame = bits.flag();
  if (showExistingFrame) return undefined;
  const interFrame = bits.flag();
  bits.skip(2); // show_frame, error_resilient_mode
  if (interFrame || bits.bits(24) !== SYNC_CODE) return undefined;
  if (profile >= 2) bits.skip(1); // bit depth
  const colorSpace = bits.bits(3);
  if (colorSpace !== COLOR_SPACE_RGB) bits.skip(1); // color range
  if (profile === 1 || profile === 3) bits.skip(colorSpace === COLOR_SPACE_RGB ? 1 : 3); // subsampling, reserved
  return { width: bits.bits(16) + 1, height: bits.bits(16) + 1 };
}
