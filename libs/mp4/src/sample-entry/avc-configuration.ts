import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { parseH264Sps } from '@mediamesh/codecs';

/** Sets of each kind that are read; real files have one. */
export const MAX_PARAMETER_SETS = 64;
/** Profiles whose configuration ends with the chroma format and bit depths (ISO 14496-15 5.3.3.1.2). */
const EXTENDED_PROFILES: readonly number[] = [100, 110, 122, 144];
const NAL_LENGTH_BYTES = 4;

export interface AvcConfiguration {
  /** Bytes of the length before each NAL unit. */
  readonly nalLengthBytes: 1 | 2 | 4;
  readonly spsList: readonly Uint8Array[];
  readonly ppsList: readonly Uint8Array[];
}

/**
 * Content of `avcC` with one set of each kind, for NAL units behind lengths of 4 bytes.
 *
 * Errors: ParseError when the SPS is malformed.
 * Source: ISO 14496-15 5.3.3.1.
 */
export function serializeAvcConfiguration(sps: Uint8Array, pps: Uint8Array): Uint8Array {
  const { profileIdc, constraintFlags, levelIdc, chromaFormatIdc, bitDepthLuma, bitDepthChroma } = parseH264Sps(sps);
  const writer = new ByteWriter(32 + sps.length + pps.length);
  writer.u8(1).u8(profileIdc).u8(constraintFlags).u8(levelIdc);
  writer.u8(0xfc | (NAL_LENGTH_BYTES - 1));
  writer
    .u8(0xe0 | 1)
    .u16(sps.length)
    .bytes(sps);
  writer.u8(1).u16(pps.length).bytes(pps);
  if (EXTENDED_PROFILES.includes(profileIdc)) {
    writer.u8(0xfc | chromaFormatIdc).u8(0xf8 | (bitDepthLuma - 8));
    writer.u8(0xf8 | (bitDepthChroma - 8)).u8(0);
  }
  return writer.finish();
}

/**
 * Errors:   ParseError when truncated, of another version, or with more than MAX_PARAMETER_SETS.
 * Aliasing: sets are views of the input.
 * Source:   ISO 14496-15 5.3.3.1.
 */
export function parseAvcConfiguration(bytes: Uint8Array): AvcConfiguration {
  const reader = new ByteReader(bytes, 'avcC');
  const version = reader.u8();
  if (version !== 1) throw new ParseError('avcC', 0, `has the version ${version}`);
  reader.skip(3);
  const nalLengthBytes = ((reader.u8() & 3) + 1) as 1 | 2 | 3 | 4;
  if (nalLengthBytes === 3) throw new ParseError('avcC', 4, 'has lengths of 3 bytes');
  const spsList = readSets(reader, reader.u8() & 0x1f);
  const ppsList = readSets(reader, reader.u8());
  return { nalLengthBytes, spsList, ppsList };
}

function readSets(reader: ByteReader, count: number): Uint8Array[] {
  if (count > MAX_PARAMETER_SETS) throw new ParseError(reader.structure, reader.position - 1, `has ${count} parameter sets`);
  const sets: Uint8Array[] = [];
  for (let i = 0; i < count; i++) sets.push(reader.bytes(reader.u16()));
  return sets;
}
