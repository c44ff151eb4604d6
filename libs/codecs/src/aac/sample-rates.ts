import { ParseError } from '@mediamesh/bytes';
import type { BitReader, BitWriter } from '@mediamesh/bytes';

/** samplingFrequencyIndex to Hz. Source: ISO 14496-3 table 1.18. */
export const AAC_SAMPLE_RATES: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];

const EXPLICIT_RATE = 15;

/** An index, or the rate itself behind index 15. */
export function readSampleRate(reader: BitReader): number {
  const index = reader.bits(4);
  const rate = index === EXPLICIT_RATE ? reader.bits(24) : AAC_SAMPLE_RATES[index];
  if (!rate) throw new ParseError('AudioSpecificConfig', reader.position >> 3, `has the sampling frequency index ${index}`);
  return rate;
}

export function writeSampleRate(writer: BitWriter, rateHz: number): void {
  const index = AAC_SAMPLE_RATES.indexOf(rateHz);
  if (index >= 0) writer.bits(index, 4);
  else writer.bits(EXPLICIT_RATE, 4).bits(rateHz, 24);
}
