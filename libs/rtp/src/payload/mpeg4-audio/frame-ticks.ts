import { BitReader } from '@mediamesh/bytes';

const SAMPLE_RATES_HZ = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const ESCAPED_RATE = 15;
const SBR = 5;
const PARAMETRIC_STEREO = 29;
const ESCAPED_OBJECT_TYPE = 31;
const USUAL_FRAME_SAMPLES = 1024;

/**
 * Ticks of one AAC frame in the RTP clock: frames of 1024 or 960 samples at the core's rate, which is half the clock's with SBR.
 *
 * Errors: ParseError when the AudioSpecificConfig is truncated.
 * Source: ISO 14496-3 1.6.2.1, 4.4.1.
 */
export function aacFrameTicks(config: Uint8Array, clockRateHz: number | undefined): number {
  const bits = new BitReader(config, 'AudioSpecificConfig');
  let objectType = readObjectType(bits);
  const coreRateHz = readSampleRate(bits);
  bits.skip(4);
  if (objectType === SBR || objectType === PARAMETRIC_STEREO) {
    readSampleRate(bits);
    objectType = readObjectType(bits);
  }
  const hasGaSpecificConfig = objectType >= 1 && objectType <= 4;
  const samples = hasGaSpecificConfig && bits.flag() ? 960 : USUAL_FRAME_SAMPLES;
  if (clockRateHz === undefined || coreRateHz === 0) return samples;
  return Math.round((samples * clockRateHz) / coreRateHz);
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === ESCAPED_OBJECT_TYPE ? 32 + bits.bits(6) : type;
}

function readSampleRate(bits: BitReader): number {
  const index = bits.bits(4);
  return index === ESCAPED_RATE ? bits.bits(24) : (SAMPLE_RATES_HZ[index] ?? 0);
}
