import { BitReader, ParseError } from '@mediamesh/bytes';
import { removeEmulationPrevention } from '../h264/emulation-prevention.ts';
import { MAX_PARAMETER_SET_BYTES } from '../h264/sps.ts';
import { H265_NAL_UNIT, h265NalUnitType } from './nal-unit.ts';
import { readProfileTierLevel } from './profile-tier-level.ts';
import type { ProfileTierLevel } from './profile-tier-level.ts';
import { MAX_REF_PICTURES, readShortTermRefPicSet } from './short-term-ref-pic-set.ts';
import type { ShortTermRefPicSet } from './short-term-ref-pic-set.ts';
import { tolerantVuiTiming } from './vui.ts';
import type { H265Timing } from './vui.ts';

/** num_short_term_ref_pic_sets is at most 64 (H.265 7.4.3.2.1). */
const MAX_REF_PIC_SETS = 64;
/** num_long_term_ref_pics_sps is at most 32 (H.265 7.4.3.2.1). */
const MAX_LONG_TERM_PICTURES = 32;
/** Pixels a side: twice what level 6.2 allows. */
export const MAX_H265_PIXELS_A_SIDE = 32768;
const MAX_SUB_LAYERS = 7;
const MAX_SPS_ID = 15;

/** Sequence parameter set. */
export interface H265Sps {
  readonly vpsId: number;
  readonly id: number;
  readonly maxSubLayers: number;
  readonly temporalIdNesting: boolean;
  readonly profileTierLevel: ProfileTierLevel;
  readonly chromaFormatIdc: number;
  readonly separateColourPlane: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly log2MaxPocLsb: number;
  /** sps_max_num_reorder_pics of the highest layer. */
  readonly maxNumReorderPics: number;
  readonly shortTermRefPicSets: readonly ShortTermRefPicSet[];
  /** Displayed size in pixels, inside the conformance window. */
  readonly width: number;
  readonly height: number;
  readonly timing?: H265Timing;
  /** Frames a second, from the VUI. */
  readonly fps?: number;
}

/**
 * Errors: ParseError when truncated, of another NAL unit type, or past a limit. A VUI that cannot be read is left out.
 * Source: H.265 7.3.2.2.
 */
export function parseH265Sps(nalUnit: Uint8Array): H265Sps {
  if (h265NalUnitType(nalUnit) !== H265_NAL_UNIT.sps) throw new ParseError('SPS', 0, 'is not a sequence parameter set');
  if (nalUnit.length > MAX_PARAMETER_SET_BYTES) throw new ParseError('SPS', 0, `is larger than ${MAX_PARAMETER_SET_BYTES} bytes`);
  const reader = new BitReader(removeEmulationPrevention(nalUnit), 'SPS');
  reader.skip(16);
  const vpsId = reader.bits(4);
  const maxSubLayers = within(reader, reader.bits(3) + 1, MAX_SUB_LAYERS, 'sps_max_sub_layers');
  const temporalIdNesting = reader.flag();
  const profileTierLevel = readProfileTierLevel(reader, maxSubLayers);
  const id = within(reader, reader.unsignedExpGolomb(), MAX_SPS_ID, 'sps_seq_parameter_set_id');
  const chromaFormatIdc = within(reader, reader.unsignedExpGolomb(), 3, 'chroma_format_idc');
  const separateColourPlane = chromaFormatIdc === 3 && reader.flag();
  const size = readSize(reader, separateColourPlane ? 0 : chromaFormatIdc);
  const bitDepthLuma = 8 + within(reader, reader.unsignedExpGolomb(), 8, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + within(reader, reader.unsignedExpGolomb(), 8, 'bit_depth_chroma_minus8');
  const log2MaxPocLsb = 4 + within(reader, reader.unsignedExpGolomb(), 12, 'log2_max_pic_order_cnt_lsb_minus4');
  const maxNumReorderPics = readReorderPics(reader, maxSubLayers);
  skipCodingTools(reader);
  const shortTermRefPicSets = readRefPicSets(reader);
  if (reader.flag()) {
    const count = within(reader, reader.unsignedExpGolomb(), MAX_LONG_TERM_PICTURES, 'num_long_term_ref_pics_sps');
    reader.skip(count * (log2MaxPocLsb + 1));
  }
  reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  const timing = reader.flag() ? tolerantVuiTiming(reader) : undefined;
  const fps = timing && timing.numUnitsInTick > 0 && timing.timeScale > 0 ? timing.timeScale / timing.numUnitsInTick : undefined;
  return {
    vpsId,
    id,
    maxSubLayers,
    temporalIdNesting,
    profileTierLevel,
    chromaFormatIdc,
    separateColourPlane,
    ...size,
    bitDepthLuma,
    bitDepthChroma,
    log2MaxPocLsb,
    maxNumReorderPics,
    shortTermRefPicSets,
    ...(timing && { timing }),
    ...(fps !== undefined && { fps }),
  };
}

function within(reader: BitReader, value: number, most: number, field: string): number {
  if (value > most) throw new ParseError('SPS', reader.position >> 3, `${field} is ${value}`);
  return value;
}

function readSize(reader: BitReader, chromaArrayType: number): Pick<H265Sps, 'width' | 'height'> {
  let width = within(reader, reader.unsignedExpGolomb(), MAX_H265_PIXELS_A_SIDE, 'pic_width_in_luma_samples');
  let height = within(reader, reader.unsignedExpGolomb(), MAX_H265_PIXELS_A_SIDE, 'pic_height_in_luma_samples');
  if (reader.flag()) {
    width -= (chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1) * (reader.unsignedExpGolomb() + reader.unsignedExpGolomb());
    height -= (chromaArrayType === 1 ? 2 : 1) * (reader.unsignedExpGolomb() + reader.unsignedExpGolomb());
  }
  if (width <= 0 || height <= 0) throw new ParseError('SPS', reader.position >> 3, 'has no size');
  return { width, height };
}

function readReorderPics(reader: BitReader, maxSubLayers: number): number {
  const everyLayer = reader.flag();
  let reorder = 0;
  for (let i = everyLayer ? 0 : maxSubLayers - 1; i < maxSubLayers; i++) {
    reader.unsignedExpGolomb(); // sps_max_dec_pic_buffering_minus1
    reorder = within(reader, reader.unsignedExpGolomb(), MAX_REF_PICTURES, 'sps_max_num_reorder_pics');
    reader.unsignedExpGolomb(); // sps_max_latency_increase_plus1
  }
  return reorder;
}

/** From log2_min_luma_coding_block_size_minus3 to the end of the PCM fields. */
function skipCodingTools(reader: BitReader): void {
  for (let i = 0; i < 6; i++) reader.unsignedExpGolomb(); // block sizes and hierarchy depths
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (!reader.flag()) return;
  reader.skip(8); // PCM bit depths
  reader.unsignedExpGolomb();
  reader.unsignedExpGolomb();
  reader.skip(1);
}

/** H.265 7.3.4. */
function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size++) {
    // Lists of 32x32 are coded for luma only, whatever the chroma format (chroma's are derived from 16x16 ones).
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.unsignedExpGolomb(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (size > 1) reader.signedExpGolomb();
      const count = Math.min(64, 1 << (4 + (size << 1)));
      for (let i = 0; i < count; i++) reader.signedExpGolomb();
    }
  }
}

function readRefPicSets(reader: BitReader): ShortTermRefPicSet[] {
  const count = within(reader, reader.unsignedExpGolomb(), MAX_REF_PIC_SETS, 'num_short_term_ref_pic_sets');
  const sets: ShortTermRefPicSet[] = [];
  for (let i = 0; i < count; i++) sets.push(readShortTermRefPicSet(reader, i, sets, false));
  return sets;
}
