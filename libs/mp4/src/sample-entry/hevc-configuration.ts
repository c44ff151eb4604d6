import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { H265_NAL_UNIT, parseH265Sps } from '@mediamesh/codecs';
import { MAX_PARAMETER_SETS } from './avc-configuration.ts';

/** Arrays that are read: VPS, SPS, PPS, and the two kinds of SEI, with room. */
export const MAX_HEVC_ARRAYS = 16;
const NAL_LENGTH_BYTES = 4;

export interface HevcConfiguration {
  /** Bytes of the length before each NAL unit. */
  readonly nalLengthBytes: 1 | 2 | 4;
  readonly vpsList: readonly Uint8Array[];
  readonly spsList: readonly Uint8Array[];
  readonly ppsList: readonly Uint8Array[];
}

/**
 * Content of `hvcC` with one set of each kind, for NAL units behind lengths of 4 bytes.
 *
 * The arrays are not marked as complete, since key frames repeat the sets and may change them; players that want `hvc1` take it so.
 *
 * Errors: ParseError when the SPS is malformed.
 * Source: ISO 14496-15 8.3.3.1.
 */
export function serializeHevcConfiguration(vps: Uint8Array, sps: Uint8Array, pps: Uint8Array): Uint8Array {
  const { profileTierLevel, maxSubLayers, temporalIdNesting, chromaFormatIdc, bitDepthLuma, bitDepthChroma } = parseH265Sps(sps);
  const { profileSpace, tierFlag, profileIdc, compatibilityFlags, constraintBytes, levelIdc } = profileTierLevel;
  const writer = new ByteWriter(64 + vps.length + sps.length + pps.length);
  writer.u8(1).u8((profileSpace << 6) | (tierFlag ? 0x20 : 0) | profileIdc);
  writer.u32(compatibilityFlags).bytes(constraintBytes).u8(levelIdc);
  writer.u16(0xf000).u8(0xfc); // min_spatial_segmentation_idc and parallelismType: unknown
  writer.u8(0xfc | chromaFormatIdc).u8(0xf8 | (bitDepthLuma - 8));
  writer.u8(0xf8 | (bitDepthChroma - 8)).u16(0); // avgFrameRate: unknown
  writer.u8((maxSubLayers << 3) | (temporalIdNesting ? 4 : 0) | (NAL_LENGTH_BYTES - 1));
  writer.u8(3);
  writeArray(writer, H265_NAL_UNIT.vps, vps);
  writeArray(writer, H265_NAL_UNIT.sps, sps);
  writeArray(writer, H265_NAL_UNIT.pps, pps);
  return writer.finish();
}

function writeArray(writer: ByteWriter, type: number, nalUnit: Uint8Array): void {
  writer.u8(type).u16(1).u16(nalUnit.length).bytes(nalUnit);
}

/**
 * Errors:   ParseError when truncated, of another version, with more than MAX_HEVC_ARRAYS arrays or MAX_PARAMETER_SETS sets in one.
 * Aliasing: sets are views of the input.
 * Source:   ISO 14496-15 8.3.3.1.
 */
export function parseHevcConfiguration(bytes: Uint8Array): HevcConfiguration {
  const reader = new ByteReader(bytes, 'hvcC');
  const version = reader.u8();
  if (version !== 1) throw new ParseError('hvcC', 0, `has the version ${version}`);
  reader.skip(20);
  const nalLengthBytes = ((reader.u8() & 3) + 1) as 1 | 2 | 3 | 4;
  if (nalLengthBytes === 3) throw new ParseError('hvcC', 21, 'has lengths of 3 bytes');
  const arrays = reader.u8();
  if (arrays > MAX_HEVC_ARRAYS) throw new ParseError('hvcC', 22, `has ${arrays} arrays`);
  const vpsList: Uint8Array[] = [];
  const spsList: Uint8Array[] = [];
  const ppsList: Uint8Array[] = [];
  for (let i = 0; i < arrays; i++) {
    const type = reader.u8() & 0x3f;
    const count = reader.u16();
    if (count > MAX_PARAMETER_SETS) throw new ParseError('hvcC', reader.position - 2, `has ${count} parameter sets`);
    const list = type === H265_NAL_UNIT.vps ? vpsList : type === H265_NAL_UNIT.sps ? spsList : type === H265_NAL_UNIT.pps ? ppsList : [];
    for (let k = 0; k < count; k++) list.push(reader.bytes(reader.u16()));
  }
  return { nalLengthBytes, vpsList, spsList, ppsList };
}
