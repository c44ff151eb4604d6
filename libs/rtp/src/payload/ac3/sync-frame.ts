import { ParseError } from '@mediamesh/bytes';

const STRUCTURE = 'AC-3 sync frame';
const SYNC_INFO_BYTES = 5;

/** Samples of every frame. */
export const AC3_FRAME_SAMPLES = 1536;

/** kbit/s by half of `frmsizecod`. */
const BITRATES_KBPS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
const SAMPLE_RATES_HZ = [48000, 44100, 32000];

/**
 * Size of the frame that `bytes` begin with.
 *
 * Errors: ParseError when they begin with no sync info.
 * Source: ATSC A/52 5.3.1, table 5.18.
 */
export function ac3FrameBytes(bytes: Uint8Array): number {
  if (bytes.length < SYNC_INFO_BYTES) throw new ParseError(STRUCTURE, 0, 'is truncated');
  if (bytes[0] !== 0x0b || bytes[1] !== 0x77) throw new ParseError(STRUCTURE, 0, 'has no syncword');
  const sampleRateHz = SAMPLE_RATES_HZ[bytes[4]! >> 6];
  const sizeCode = bytes[4]! & 0x3f;
  const kbps = BITRATES_KBPS[sizeCode >> 1];
  if (sampleRateHz === undefined || kbps === undefined) throw new ParseError(STRUCTURE, 4, 'has no known size');
  const words = Math.floor((AC3_FRAME_SAMPLES / 16) * ((kbps * 1000) / sampleRateHz));
  return (words + (sampleRateHz === 44100 ? sizeCode & 1 : 0)) * 2;
}
