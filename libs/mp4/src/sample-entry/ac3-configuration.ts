import { BitReader, BitWriter, ParseError } from '@mediamesh/bytes';
import type { Ac3SampleEntry } from './sample-entry.ts';

const SAMPLE_RATES: readonly number[] = [48000, 44100, 32000];
/** Full bandwidth channels by acmod. Source: ATSC A/52 table 5.8. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];

/** Content of `dac3`. Source: ETSI TS 102 366 F.4. */
export function serializeAc3Configuration(entry: Ac3SampleEntry): Uint8Array {
  const writer = new BitWriter().bits(entry.fscod, 2).bits(entry.bsid, 5).bits(entry.bsmod, 3).bits(entry.acmod, 3);
  return writer.flag(entry.lfe).bits(entry.bitRateCode, 5).bits(0, 5).finish();
}

/**
 * Errors: ParseError when truncated or with a reserved sample rate.
 * Source: ETSI TS 102 366 F.4.
 */
export function parseAc3Configuration(bytes: Uint8Array): Ac3SampleEntry {
  const reader = new BitReader(bytes, 'dac3');
  const fscod = reader.bits(2);
  const sampleRateHz = SAMPLE_RATES[fscod];
  if (sampleRateHz === undefined) throw new ParseError('dac3', 0, 'has a reserved sample rate');
  const bsid = reader.bits(5);
  const bsmod = reader.bits(3);
  const acmod = reader.bits(3);
  const lfe = reader.flag();
  const bitRateCode = reader.bits(5);
  return { codec: 'AC3', sampleRateHz, channelCount: CHANNELS[acmod]! + (lfe ? 1 : 0), fscod, bsid, bsmod, acmod, lfe, bitRateCode };
}
