import { BitReader, ParseError } from '@mediamesh/bytes';
import { AV1_OBU, av1ObuPayload, av1ObuType } from './obu.ts';

/** Bytes that are read: 32 operating points of at most 100 bits, and the rest. */
const MAX_SEQUENCE_HEADER_BYTES = 1024;
const SELECT = 2;
const BT709 = 1;
const SRGB = 13;
const IDENTITY = 0;

export interface Av1SequenceHeader {
  readonly profile: number;
  readonly stillPicture: boolean;
  readonly reducedStillPictureHeader: boolean;
  /** Of the first operating point. */
  readonly levelIdx: number;
  readonly tier: number;
  /** Largest size of a frame, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly colour: Av1ColourConfig;
}

export interface Av1ColourConfig {
  readonly bitDepth: 8 | 10 | 12;
  readonly monochrome: boolean;
  readonly subsamplingX: boolean;
  readonly subsamplingY: boolean;
  readonly chromaSamplePosition: number;
}

/**
 * Shape:  a sequence header OBU, with or without its size field.
 * Errors: ParseError when truncated or of another type.
 * Source: AV1 5.5.
 */
export function parseAv1SequenceHeader(obu: Uint8Array): Av1SequenceHeader {
  if (av1ObuType(obu) !== AV1_OBU.sequenceHeader) throw new ParseError('sequence header', 0, 'is another OBU');
  const reader = new BitReader(av1ObuPayload(obu).subarray(0, MAX_SEQUENCE_HEADER_BYTES), 'sequence header');
  const profile = reader.bits(3);
  if (profile > 2) throw new ParseError('sequence header', 0, `has the profile ${profile}`);
  const stillPicture = reader.flag();
  const reducedStillPictureHeader = reader.flag();
  const { levelIdx, tier } = reducedStillPictureHeader ? { levelIdx: reader.bits(5), tier: 0 } : readOperatingPoints(reader);
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;
  if (!reducedStillPictureHeader && reader.flag()) reader.skip(7); // lengths of frame ids
  reader.skip(3); // superblock size, intra filters
  if (!reducedStillPictureHeader) skipInterTools(reader);
  reader.skip(3); // superres, CDEF, loop restoration
  const colour = readColour(reader, profile);
  return { profile, stillPicture, reducedStillPictureHeader, levelIdx, tier, width, height, colour };
}

function readOperatingPoints(reader: BitReader): { levelIdx: number; tier: number } {
  let delayBits = 0;
  if (reader.flag()) {
    reader.skip(64); // display tick, time scale
    if (reader.flag()) reader.unsignedExpGolomb(); // num_ticks_per_picture_minus_1
    if (reader.flag()) {
      delayBits = reader.bits(5) + 1;
      reader.skip(42); // decoding tick, lengths of removal and presentation times
    }
  }
  const displayDelay = reader.flag();
  const count = reader.bits(5) + 1;
  let first = { levelIdx: 0, tier: 0 };
  for (let i = 0; i < count; i++) {
    reader.skip(12); // operating_point_idc
    const levelIdx = reader.bits(5);
    const tier = levelIdx > 7 ? reader.bits(1) : 0;
    if (i === 0) first = { levelIdx, tier };
    if (delayBits > 0 && reader.flag()) reader.skip(2 * delayBits + 1);
    if (displayDelay && reader.flag()) reader.skip(4);
  }
  return first;
}

function skipInterTools(reader: BitReader): void {
  reader.skip(4); // compound modes, warped motion, dual filter
  const orderHint = reader.flag();
  if (orderHint) reader.skip(2);
  const screenContent = reader.flag() ? SELECT : reader.bits(1);
  if (screenContent > 0 && !reader.flag()) reader.skip(1); // seq_force_integer_mv
  if (orderHint) reader.skip(3);
}

function readColour(reader: BitReader, profile: number): Av1ColourConfig {
  const high = reader.flag();
  const bitDepth = profile === 2 && high ? (reader.flag() ? 12 : 10) : high ? 10 : 8;
  const monochrome = profile !== 1 && reader.flag();
  const described = reader.flag();
  const primaries = described ? reader.bits(8) : SELECT;
  const transfer = described ? reader.bits(8) : SELECT;
  const matrix = described ? reader.bits(8) : SELECT;
  if (monochrome) {
    reader.skip(1); // color_range
    return { bitDepth, monochrome, subsamplingX: true, subsamplingY: true, chromaSamplePosition: 0 };
  }
  if (primaries === BT709 && transfer === SRGB && matrix === IDENTITY) {
    return { bitDepth, monochrome, subsamplingX: false, subsamplingY: false, chromaSamplePosition: 0 };
  }
  reader.skip(1); // color_range
  const [subsamplingX, subsamplingY] = readSubsampling(reader, profile, bitDepth);
  const chromaSamplePosition = subsamplingX && subsamplingY ? reader.bits(2) : 0;
  return { bitDepth, monochrome, subsamplingX, subsamplingY, chromaSamplePosition };
}

function readSubsampling(reader: BitReader, profile: number, bitDepth: number): readonly [boolean, boolean] {
  if (profile === 0) return [true, true];
  if (profile === 1) return [false, false];
  if (bitDepth !== 12) return [true, false];
  const x = reader.flag();
  return [x, x && reader.flag()];
}
