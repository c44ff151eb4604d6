import { BitReader, ParseError } from '@mediamesh/bytes';
import { removeEmulationPrevention } from '../h264/emulation-prevention.ts';
import { H265_NAL_UNIT, h265NalUnitType, isH265Slice } from './nal-unit.ts';
import type { H265Pps } from './pps.ts';
import { readShortTermRefPicSet } from './short-term-ref-pic-set.ts';
import type { ShortTermRefPicSet } from './short-term-ref-pic-set.ts';
import type { H265Sps } from './sps.ts';

/** A reference picture set of 16 pictures with long Exp-Golomb codes fits; a real one has some ten bytes. */
const HEADER_BYTES = 160;

/** The fields of the first slice segment's header up to its reference picture set. */
export interface H265SliceHeader {
  /** 0 B, 1 P, 2 I. */
  readonly sliceType: number;
  /** slice_pic_order_cnt_lsb; 0 for IDR pictures. */
  readonly pocLsb: number;
  /** Absent for IDR pictures. */
  readonly refPicSet?: ShortTermRefPicSet;
}

/**
 * Errors: ParseError when truncated, not a slice, or not the first slice segment of its picture.
 * Source: H.265 7.3.6.1.
 */
export function parseH265SliceHeader(nalUnit: Uint8Array, sps: H265Sps, pps: H265Pps): H265SliceHeader {
  const type = h265NalUnitType(nalUnit);
  if (!isH265Slice(type)) throw new ParseError('slice header', 0, 'is not a slice');
  const reader = new BitReader(removeEmulationPrevention(nalUnit.subarray(0, HEADER_BYTES)), 'slice header');
  reader.skip(16);
  if (!reader.flag()) throw new ParseError('slice header', 2, 'is not the first slice segment of its picture');
  if (type >= H265_NAL_UNIT.blaWLp && type <= H265_NAL_UNIT.reservedIrap23) reader.skip(1); // no_output_of_prior_pics_flag
  reader.unsignedExpGolomb(); // slice_pic_parameter_set_id
  reader.skip(pps.numExtraSliceHeaderBits);
  const sliceType = reader.unsignedExpGolomb();
  if (pps.outputFlagPresent) reader.skip(1);
  if (sps.separateColourPlane) reader.skip(2);
  if (type === H265_NAL_UNIT.idrWRadl || type === H265_NAL_UNIT.idrNLp) return { sliceType, pocLsb: 0 };
  const pocLsb = reader.bits(sps.log2MaxPocLsb);
  const sets = sps.shortTermRefPicSets;
  if (!reader.flag()) return { sliceType, pocLsb, refPicSet: readShortTermRefPicSet(reader, sets.length, sets, true) };
  const refPicSet = sets[sets.length > 1 ? reader.bits(Math.ceil(Math.log2(sets.length))) : 0];
  if (!refPicSet) throw new ParseError('slice header', reader.position >> 3, 'names a reference picture set that is not there');
  return { sliceType, pocLsb, refPicSet };
}
