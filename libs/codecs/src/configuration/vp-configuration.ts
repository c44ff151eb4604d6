import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';

/** Colour primaries, transfer and matrix that nobody has told. Source: ISO 23091-2. */
const UNSPECIFIED = 2;

export interface VpConfiguration {
  readonly profile: number;
  readonly levelIdc: number;
  readonly bitDepth: number;
  /** 0 and 1: 4:2:0, the chroma between or on the luma samples; 2: 4:2:2; 3: 4:4:4. */
  readonly chromaSubsampling: number;
  readonly fullRange: boolean;
}

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

/** A VPCodecConfigurationRecord, without the version and flags before it. Source: VP9-ISOBMFF 1.0. */
export function serializeVpConfiguration(configuration: VpConfiguration): Uint8Array {
  const { profile, levelIdc, bitDepth, chromaSubsampling, fullRange } = configuration;
  const writer = new ByteWriter(8).u8(profile).u8(levelIdc);
  writer.u8((bitDepth << 4) | (chromaSubsampling << 1) | (fullRange ? 1 : 0));
  return writer.u8(UNSPECIFIED).u8(UNSPECIFIED).u8(UNSPECIFIED).u16(0).finish();
}

/**
 * Shape:  the record behind version and flags.
 * Errors: ParseError when truncated or with values that VP9 does not have.
 * Source: VP9-ISOBMFF 1.0.
 */
export function parseVpConfiguration(bytes: Uint8Array): VpConfiguration {
  const reader = new ByteReader(bytes, 'VP configuration');
  const profile = reader.u8();
  const levelIdc = reader.u8();
  const packed = reader.u8();
  const bitDepth = packed >> 4;
  if (profile > 3) throw new ParseError(reader.structure, 0, `has the profile ${profile}`);
  if (bitDepth !== 8 && bitDepth !== 10 && bitDepth !== 12) throw new ParseError(reader.structure, 2, `has the bit depth ${bitDepth}`);
  return { profile, levelIdc, bitDepth, chromaSubsampling: (packed >> 1) & 7, fullRange: (packed & 1) === 1 };
}
