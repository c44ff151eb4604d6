import { ParseError } from '@mediamesh/bytes';

export const MPEG_AUDIO_HEADER_BYTES = 4;

/** kbit/s by bitrate_index 1 to 14. Source: ISO 11172-3 2.4.2.3, ISO 13818-3 2.4.2.3. */
const MPEG1_BITRATES: Readonly<Record<1 | 2 | 3, readonly number[]>> = {
  1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
};
const MPEG2_LAYER1_BITRATES: readonly number[] = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const MPEG2_BITRATES: readonly number[] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES: readonly number[] = [44100, 48000, 32000];
const MONO = 3;

export interface MpegAudioFrameHeader {
  /** 2.5 is the extension to low sample rates. */
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  readonly bitrateBps: number;
  readonly sampleRateHz: number;
  readonly channelCount: 1 | 2;
  /** Of the frame, header included. */
  readonly sizeBytes: number;
  readonly sampleCount: number;
}

/**
 * Errors: ParseError when truncated, without sync word, with reserved values, or of free format (its size is not in the header).
 * Source: ISO 11172-3 2.4.1.3, ISO 13818-3 2.4.1.3.
 */
export function parseMpegAudioFrameHeader(bytes: Uint8Array): MpegAudioFrameHeader {
  if (bytes.length < MPEG_AUDIO_HEADER_BYTES) throw new ParseError('MPEG audio frame header', 0, 'is truncated');
  if (bytes[0] !== 0xff || (bytes[1]! & 0xe0) !== 0xe0) throw new ParseError('MPEG audio frame header', 0, 'has no sync word');
  const version = readVersion((bytes[1]! >> 3) & 3);
  const layer = readLayer((bytes[1]! >> 1) & 3);
  const rates = version === 1 ? MPEG1_BITRATES[layer] : layer === 1 ? MPEG2_LAYER1_BITRATES : MPEG2_BITRATES;
  const kilobits = rates[(bytes[2]! >> 4) - 1];
  const fullRate = SAMPLE_RATES[(bytes[2]! >> 2) & 3];
  if (kilobits === undefined) throw new ParseError('MPEG audio frame header', 2, `has the bitrate index ${bytes[2]! >> 4}`);
  if (fullRate === undefined) throw new ParseError('MPEG audio frame header', 2, 'has a reserved sampling frequency');
  const sampleRateHz = version === 1 ? fullRate : version === 2 ? fullRate / 2 : fullRate / 4;
  const bitrateBps = kilobits * 1000;
  const padding = (bytes[2]! >> 1) & 1;
  const sampleCount = layer === 1 ? 384 : layer === 3 && version !== 1 ? 576 : 1152;
  const slotBytes = layer === 1 ? 4 : 1;
  const sizeBytes = (Math.floor(((sampleCount / 8 / slotBytes) * bitrateBps) / sampleRateHz) + padding) * slotBytes;
  return { version, layer, bitrateBps, sampleRateHz, channelCount: bytes[3]! >> 6 === MONO ? 1 : 2, sizeBytes, sampleCount };
}

function readVersion(bits: number): 1 | 2 | 2.5 {
  if (bits === 3) return 1;
  if (bits === 2) return 2;
  if (bits === 0) return 2.5;
  throw new ParseError('MPEG audio frame header', 1, 'has a reserved version');
}

function readLayer(bits: number): 1 | 2 | 3 {
  if (bits === 3) return 1;
  if (bits === 2) return 2;
  if (bits === 1) return 3;
  throw new ParseError('MPEG audio frame header', 1, 'has a reserved layer');
}
