import { BitReader, ParseError } from '@mediamesh/bytes';

export const AC3_SAMPLES_PER_FRAME = 1536;

const SYNC_WORD = 0x0b77;
const SAMPLE_RATES: readonly number[] = [48000, 44100, 32000];
/** kbit/s by half of frmsizecod. Source: ATSC A/52 table 5.18. */
const BITRATES: readonly number[] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
/** Full bandwidth channels by acmod. Source: ATSC A/52 table 5.8. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];
/** Streams above it are Enhanced AC-3, with another syntax. */
const MAX_BSID = 10;
const STEREO = 2;

/** syncinfo and the part of bsi that says the channels. */
export interface Ac3SyncFrame {
  readonly sampleRateHz: number;
  readonly bitrateBps: number;
  /** Of the frame. */
  readonly sizeBytes: number;
  /** Codes as containers want them. */
  readonly fscod: number;
  readonly frmsizecod: number;
  readonly bsid: number;
  readonly bsmod: number;
  readonly acmod: number;
  readonly lfe: boolean;
  /** With the low frequency channel. */
  readonly channelCount: number;
}

/**
 * Errors: ParseError when truncated, without sync word, with reserved values, or of Enhanced AC-3.
 * Source: ATSC A/52 5.3.1, 5.3.2.
 */
export function parseAc3SyncFrame(bytes: Uint8Array): Ac3SyncFrame {
  const reader = new BitReader(bytes, 'AC-3 frame');
  if (reader.bits(16) !== SYNC_WORD) throw new ParseError('AC-3 frame', 0, 'has no sync word');
  reader.skip(16); // crc1
  const fscod = reader.bits(2);
  const frmsizecod = reader.bits(6);
  const sampleRateHz = SAMPLE_RATES[fscod];
  const kilobits = BITRATES[frmsizecod >> 1];
  if (sampleRateHz === undefined || kilobits === undefined) throw new ParseError('AC-3 frame', 4, 'has a reserved rate or size');
  const bsid = reader.bits(5);
  if (bsid > MAX_BSID) throw new ParseError('AC-3 frame', 5, `has the bitstream identification ${bsid}`);
  const bsmod = reader.bits(3);
  const acmod = reader.bits(3);
  if ((acmod & 1) !== 0 && acmod !== 1) reader.skip(2); // cmixlev
  if ((acmod & 4) !== 0) reader.skip(2); // surmixlev
  if (acmod === STEREO) reader.skip(2); // dsurmod
  const lfe = reader.flag();
  const padding = sampleRateHz === 44100 ? frmsizecod & 1 : 0;
  const words = Math.floor((kilobits * 1000 * AC3_SAMPLES_PER_FRAME) / sampleRateHz / 16) + padding;
  return {
    sampleRateHz,
    bitrateBps: kilobits * 1000,
    sizeBytes: words * 2,
    fscod,
    frmsizecod,
    bsid,
    bsmod,
    acmod,
    lfe,
    channelCount: CHANNELS[acmod]! + (lfe ? 1 : 0),
  };
}
