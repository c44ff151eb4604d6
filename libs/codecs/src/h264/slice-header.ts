import { BitReader, ParseError } from '@mediamesh/bytes';
import { removeEmulationPrevention } from './emulation-prevention.ts';
import { H264_NAL_UNIT, h264NalUnitType } from './nal-unit.ts';
import type { H264Sps } from './sps.ts';

/** NAL header, three Exp-Golomb codes of at most 31 bits used, 16 bits each of frame_num and POC, and a third more for emulation prevention. */
const HEADER_BYTES = 32;

/** The fields of a slice header up to the picture order count. */
export interface H264SliceHeader {
  /** slice_type modulo 5: 0 P, 1 B, 2 I, 3 SP, 4 SI. */
  readonly sliceType: number;
  readonly frameNum: number;
  readonly field: boolean;
  readonly bottomField: boolean;
  /** pic_order_cnt_lsb; 0 unless the POC type is 0. */
  readonly pocLsb: number;
}

/**
 * Errors: ParseError when truncated or not a slice.
 * Source: H.264 7.3.3.
 */
export function parseH264SliceHeader(nalUnit: Uint8Array, sps: H264Sps): H264SliceHeader {
  const type = h264NalUnitType(nalUnit);
  if (type !== H264_NAL_UNIT.idr && type !== H264_NAL_UNIT.nonIdr && type !== H264_NAL_UNIT.dataPartitionA) {
    throw new ParseError('slice header', 0, 'is not a slice');
  }
  const reader = new BitReader(removeEmulationPrevention(nalUnit.subarray(0, HEADER_BYTES)), 'slice header');
  reader.skip(8);
  reader.unsignedExpGolomb(); // first_mb_in_slice
  const sliceType = reader.unsignedExpGolomb() % 5;
  reader.unsignedExpGolomb(); // pic_parameter_set_id
  if (sps.separateColourPlane) reader.skip(2);
  const frameNum = reader.bits(sps.log2MaxFrameNum);
  const field = !sps.frameMbsOnly && reader.flag();
  const bottomField = field && reader.flag();
  if (type === H264_NAL_UNIT.idr) reader.unsignedExpGolomb(); // idr_pic_id
  const pocLsb = sps.pocType === 0 ? reader.bits(sps.log2MaxPocLsb) : 0;
  return { sliceType, frameNum, field, bottomField, pocLsb };
}
