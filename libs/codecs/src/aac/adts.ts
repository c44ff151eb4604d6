import { ParseError } from '@mediamesh/bytes';
import type { AudioSpecificConfig } from './audio-specific-config.ts';
import { AAC_SAMPLE_RATES } from './sample-rates.ts';

const SYNC_WORD = 0xfff;
const HEADER_BYTES = 7;
const CRC_BYTES = 2;
/** aac_frame_length has 13 bits. */
export const MAX_ADTS_FRAME_BYTES = 8191;
const FULLNESS_VARIABLE_RATE = 0x7ff;
const CHANNELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8];

/** A frame of AAC with what its ADTS header says. */
export interface AdtsFrame {
  readonly objectType: number;
  readonly sampleRateHz: number;
  readonly channelConfig: number;
  /** Without header and CRC. */
  readonly payload: Uint8Array;
}

/**
 * A run of ADTS frames, as MPEG-TS carries them.
 *
 * Errors:   ParseError without sync word, with reserved values, with several raw data blocks in a frame, or when a frame exceeds the input.
 * Aliasing: payloads are views of the input.
 * Source:   ISO 13818-7 6.2.
 */
export function parseAdts(bytes: Uint8Array): AdtsFrame[] {
  const frames: AdtsFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_BYTES) fail(at, 'its header is truncated');
    if (((bytes[at]! << 4) | (bytes[at + 1]! >> 4)) !== SYNC_WORD) fail(at, 'has no sync word');
    const protectionAbsent = (bytes[at + 1]! & 1) === 1;
    const third = bytes[at + 2]!;
    const sampleRateHz = AAC_SAMPLE_RATES[(third >> 2) & 0x0f] ?? fail(at, 'has a reserved sampling frequency index');
    const channelConfig = ((third & 1) << 2) | (bytes[at + 3]! >> 6);
    const size = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
    if ((bytes[at + 6]! & 3) !== 0) fail(at, 'has several raw data blocks');
    const start = at + HEADER_BYTES + (protectionAbsent ? 0 : CRC_BYTES);
    const end = at + size;
    if (end <= start || end > bytes.length) fail(at, `is ${size} bytes, ${bytes.length - at} are left`);
    frames.push({ objectType: (third >> 6) + 1, sampleRateHz, channelConfig, payload: bytes.subarray(start, end) });
    at = end;
  }
  return frames;
}

/** Errors: ParseError when a frame exceeds MAX_ADTS_FRAME_BYTES, or its sample rate has no index. */
export function serializeAdts(frames: readonly AdtsFrame[]): Uint8Array {
  let total = 0;
  for (const frame of frames) total += HEADER_BYTES + frame.payload.length;
  const target = new Uint8Array(total);
  let at = 0;
  for (const frame of frames) {
    const size = HEADER_BYTES + frame.payload.length;
    if (size > MAX_ADTS_FRAME_BYTES) fail(at, `is ${size} bytes`);
    const rateIndex = AAC_SAMPLE_RATES.indexOf(frame.sampleRateHz);
    if (rateIndex < 0) fail(at, `its sample rate ${frame.sampleRateHz} has no index`);
    target[at] = 0xff;
    target[at + 1] = 0xf1; // MPEG-4, no CRC
    target[at + 2] = ((frame.objectType - 1) << 6) | (rateIndex << 2) | (frame.channelConfig >> 2);
    target[at + 3] = ((frame.channelConfig & 3) << 6) | (size >> 11);
    target[at + 4] = size >> 3;
    target[at + 5] = ((size & 7) << 5) | (FULLNESS_VARIABLE_RATE >> 6);
    target[at + 6] = (FULLNESS_VARIABLE_RATE & 0x3f) << 2;
    target.set(frame.payload, at + HEADER_BYTES);
    at += size;
  }
  return target;
}

/** The configuration that an ADTS header implies. */
export function audioSpecificConfigOfAdts(frame: AdtsFrame): AudioSpecificConfig {
  const { objectType, sampleRateHz, channelConfig } = frame;
  return { objectType, sampleRateHz, channelConfig, channelCount: CHANNELS[channelConfig]!, frameLength: 1024 };
}

function fail(offset: number, problem: string): never {
  throw new ParseError('ADTS frame', offset, problem);
}
