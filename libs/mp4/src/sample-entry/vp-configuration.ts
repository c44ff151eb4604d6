import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import type { Vp9SampleEntry } from './sample-entry.ts';

/** Colour primaries, transfer and matrix that nobody has told. Source: ISO 23091-2. */
const UNSPECIFIED = 2;

/** What `vpcC` says; the size is in the sample entry itself. */
export type VpConfiguration = Omit<Vp9SampleEntry, 'codec' | 'width' | 'height'>;

/** Levels by their largest picture, in luma samples. Source: VP9 levels, as in the WebM project's table. */
const LEVELS: readonly (readonly [levelIdc: number, pictureSamples: number])[] = [
  [10, 36_864],
  [11, 73_728],
  [20, 122_880],
  [21, 245_760],
  [30, 552_960],
  [31, 983_040],
  [40, 2_228_224],
  [50, 8_912_896],
  [60, 35_651_584],
];
const HIGHEST_LEVEL = 62;

/** The lowest level that allows pictures of this size; frame rate and bit rate are not in the stream's headers. */
export function vp9LevelIdc(width: number, height: number): number {
  for (const [levelIdc, pictureSamples] of LEVELS) if (width * height <= pictureSamples) return levelIdc;
  return HIGHEST_LEVEL;
}

/** Content of `vpcC` behind its version and flags. Source: VP9-ISOBMFF 1.0, VP codec configuration box. */
export function serializeVpConfiguration(entry: VpConfiguration): Uint8Array {
  const writer = new ByteWriter(8).u8(entry.profile).u8(entry.levelIdc);
  writer.u8((entry.bitDepth << 4) | (entry.chromaSubsampling << 1) | (entry.fullRange ? 1 : 0));
  return writer.u8(UNSPECIFIED).u8(UNSPECIFIED).u8(UNSPECIFIED).u16(0).finish();
}

/**
 * Shape:  content behind version and flags.
 * Errors: ParseError when truncated or with values that VP9 does not have.
 * Source: VP9-ISOBMFF 1.0.
 */
export function parseVpConfiguration(bytes: Uint8Array): VpConfiguration {
  const reader = new ByteReader(bytes, 'vpcC');
  const profile = reader.u8();
  const levelIdc = reader.u8();
  const packed = reader.u8();
  const bitDepth = packed >> 4;
  if (profile > 3) throw new ParseError('vpcC', 0, `has the profile ${profile}`);
  if (bitDepth !== 8 && bitDepth !== 10 && bitDepth !== 12) throw new ParseError('vpcC', 2, `has the bit depth ${bitDepth}`);
  return { profile, levelIdc, bitDepth, chromaSubsampling: (packed >> 1) & 7, fullRange: (packed & 1) === 1 };
}
