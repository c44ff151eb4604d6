import { BitReader, ParseError } from '@mediamesh/bytes';
import { removeEmulationPrevention } from './emulation-prevention.ts';
import { H264_NAL_UNIT, h264NalUnitType } from './nal-unit.ts';
import { readH264Vui } from './vui.ts';
import type { H264Vui } from './vui.ts';

/** Bytes of a parameter set; x264 writes about 30, scaling lists some hundreds. */
export const MAX_PARAMETER_SET_BYTES = 4096;
/** num_ref_frames_in_pic_order_cnt_cycle is at most 255 (H.264 7.4.2.1.1). */
const MAX_POC_CYCLE = 255;
/** Macroblocks a side: 16384 pixels, twice what level 6.2 allows. */
export const MAX_H264_MACROBLOCKS_A_SIDE = 1024;
const MAX_SPS_ID = 31;
const MAX_LOG2 = 16;
const MAX_BIT_DEPTH = 14;
/** Profiles whose SPS has the chroma fields (H.264 7.3.2.1.1). */
const CHROMA_PROFILES = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);

/** Sequence parameter set. */
export interface H264Sps {
  readonly profileIdc: number;
  /** constraint_set0_flag is the highest bit. */
  readonly constraintFlags: number;
  readonly levelIdc: number;
  readonly id: number;
  readonly chromaFormatIdc: number;
  readonly separateColourPlane: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly log2MaxFrameNum: number;
  readonly pocType: number;
  /** 0 unless `pocType` is 0. */
  readonly log2MaxPocLsb: number;
  readonly maxNumRefFrames: number;
  readonly frameMbsOnly: boolean;
  /** Displayed size in pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  readonly vui?: H264Vui;
  /** Frames a second, from the VUI. */
  readonly fps?: number;
}

/**
 * Errors: ParseError when truncated, of another NAL unit type, or past a limit. A VUI that cannot be read is left out: some cameras cut it.
 * Source: H.264 7.3.2.1.1.
 */
export function parseH264Sps(nalUnit: Uint8Array): H264Sps {
  if (h264NalUnitType(nalUnit) !== H264_NAL_UNIT.sps) throw new ParseError('SPS', 0, 'is not a sequence parameter set');
  if (nalUnit.length > MAX_PARAMETER_SET_BYTES) throw new ParseError('SPS', 0, `is larger than ${MAX_PARAMETER_SET_BYTES} bytes`);
  const reader = new BitReader(removeEmulationPrevention(nalUnit), 'SPS');
  reader.skip(8);
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  const id = limited(reader, MAX_SPS_ID, 'seq_parameter_set_id');
  const chroma = readChroma(reader, profileIdc);
  const log2MaxFrameNum = 4 + limited(reader, MAX_LOG2 - 4, 'log2_max_frame_num_minus4');
  const pocType = limited(reader, 2, 'pic_order_cnt_type');
  const log2MaxPocLsb = pocType === 0 ? 4 + limited(reader, MAX_LOG2 - 4, 'log2_max_pic_order_cnt_lsb_minus4') : 0;
  if (pocType === 1) skipPocCycle(reader);
  const maxNumRefFrames = limited(reader, MAX_LOG2, 'max_num_ref_frames');
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader, chroma.separateColourPlane ? 0 : chroma.chromaFormatIdc);
  const vui = reader.flag() ? tolerantVui(reader) : undefined;
  const timing = vui?.timing;
  const fps = timing && timing.numUnitsInTick > 0 && timing.timeScale > 0 ? timing.timeScale / (2 * timing.numUnitsInTick) : undefined;
  return {
    profileIdc,
    constraintFlags,
    levelIdc,
    id,
    ...chroma,
    log2MaxFrameNum,
    pocType,
    log2MaxPocLsb,
    maxNumRefFrames,
    ...size,
    ...(vui && { vui }),
    ...(fps !== undefined && { fps }),
  };
}

function limited(reader: BitReader, most: number, field: string): number {
  const value = reader.unsignedExpGolomb();
  if (value > most) throw new ParseError('SPS', reader.position >> 3, `${field} is ${value}`);
  return value;
}

function readChroma(
  reader: BitReader,
  profileIdc: number,
): Pick<H264Sps, 'chromaFormatIdc' | 'separateColourPlane' | 'bitDepthLuma' | 'bitDepthChroma'> {
  if (!CHROMA_PROFILES.has(profileIdc)) return { chromaFormatIdc: 1, separateColourPlane: false, bitDepthLuma: 8, bitDepthChroma: 8 };
  const chromaFormatIdc = limited(reader, 3, 'chroma_format_idc');
  const separateColourPlane = chromaFormatIdc === 3 && reader.flag();
  const bitDepthLuma = 8 + limited(reader, MAX_BIT_DEPTH - 8, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + limited(reader, MAX_BIT_DEPTH - 8, 'bit_depth_chroma_minus8');
  reader.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    const lists = chromaFormatIdc === 3 ? 12 : 8;
    for (let i = 0; i < lists; i++) if (reader.flag()) skipScalingList(reader, i < 6 ? 16 : 64);
  }
  return { chromaFormatIdc, separateColourPlane, bitDepthLuma, bitDepthChroma };
}

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + reader.signedExpGolomb()) & 0xff;
    if (next !== 0) last = next;
  }
}

function skipPocCycle(reader: BitReader): void {
  reader.skip(1); // delta_pic_order_always_zero_flag
  reader.signedExpGolomb();
  reader.signedExpGolomb();
  const count = limited(reader, MAX_POC_CYCLE, 'num_ref_frames_in_pic_order_cnt_cycle');
  for (let i = 0; i < count; i++) reader.signedExpGolomb();
}

function readSize(reader: BitReader, chromaArrayType: number): Pick<H264Sps, 'frameMbsOnly' | 'width' | 'height'> {
  const widthMbs = 1 + limited(reader, MAX_H264_MACROBLOCKS_A_SIDE - 1, 'pic_width_in_mbs_minus1');
  const heightMapUnits = 1 + limited(reader, MAX_H264_MACROBLOCKS_A_SIDE - 1, 'pic_height_in_map_units_minus1');
  const frameMbsOnly = reader.flag();
  if (!frameMbsOnly) reader.skip(1); // mb_adaptive_frame_field_flag
  reader.skip(1); // direct_8x8_inference_flag
  let width = widthMbs * 16;
  let height = heightMapUnits * 16 * (frameMbsOnly ? 1 : 2);
  if (reader.flag()) {
    const unitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
    const unitY = (chromaArrayType === 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2);
    width -= unitX * (reader.unsignedExpGolomb() + reader.unsignedExpGolomb());
    height -= unitY * (reader.unsignedExpGolomb() + reader.unsignedExpGolomb());
    if (width <= 0 || height <= 0) throw new ParseError('SPS', reader.position >> 3, 'is cropped to nothing');
  }
  return { frameMbsOnly, width, height };
}

function tolerantVui(reader: BitReader): H264Vui | undefined {
  try {
    return readH264Vui(reader);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
