import { ParseError } from '@mediamesh/bytes';

const STRUCTURE = 'MPEG audio frame';
const HEADER_BYTES = 4;

/** kbit/s by version and layer; index 0 (free format) and 15 have no frame size. */
const BITRATES_KBPS: Readonly<Record<'1-1' | '1-2' | '1-3' | '2-1' | '2-2', readonly number[]>> = {
  '1-1': [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1-2': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1-3': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2-1': [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2-2': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const MPEG1_SAMPLE_RATES_HZ = [44100, 48000, 32000];

/** Size and duration of an MPEG-1, 2 or 2.5 audio frame of any layer. */
export interface MpegAudioFrameHeader {
  readonly frameBytes: number;
  readonly sampleCount: number;
  readonly sampleRateHz: number;
}

/**
 * Errors: ParseError when `bytes` begin with no frame header, or with one of free format.
 * Source: ISO 11172-3 2.4.2.3, ISO 13818-3 2.4.2.3.
 */
export function parseMpegAudioFrameHeader(bytes: Uint8Array): MpegAudioFrameHeader {
  if (bytes.length < HEADER_BYTES) throw new ParseError(STRUCTURE, 0, 'its header is truncated');
  if (bytes[0] !== 0xff || (bytes[1]! & 0xe0) !== 0xe0) throw new ParseError(STRUCTURE, 0, 'has no syncword');
  const version = (bytes[1]! >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const layer = 4 - ((bytes[1]! >> 1) & 3);
  if (version === 1 || layer === 4) throw new ParseError(STRUCTURE, 1, 'has a reserved version or layer');
  const mpeg1 = version === 3;
  const kbps = BITRATES_KBPS[mpeg1 ? (`1-${layer}` as '1-1' | '1-2' | '1-3') : layer === 1 ? '2-1' : '2-2'][bytes[2]! >> 4];
  const mpeg1RateHz = MPEG1_SAMPLE_RATES_HZ[(bytes[2]! >> 2) & 3];
  if (kbps === undefined || kbps === 0 || mpeg1RateHz === undefined) throw new ParseError(STRUCTURE, 2, 'has no known size');
  const sampleRateHz = mpeg1RateHz / (mpeg1 ? 1 : version === 2 ? 2 : 4);
  const padding = (bytes[2]! >> 1) & 1;
  const sampleCount = layer === 1 ? 384 : layer === 3 && !mpeg1 ? 576 : 1152;
  const slots = Math.floor(((sampleCount / 8) * kbps * 1000) / sampleRateHz / (layer === 1 ? 4 : 1));
  return { frameBytes: (slots + padding) * (layer === 1 ? 4 : 1), sampleCount, sampleRateHz };
}
