/** nal_unit_type values that have a meaning here. Source: H.265 table 7-1. */
export const H265_NAL_UNIT = {
  trailN: 0,
  trailR: 1,
  raslN: 8,
  raslR: 9,
  blaWLp: 16,
  idrWRadl: 19,
  idrNLp: 20,
  cra: 21,
  reservedIrap23: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** Types below this one are slices. */
const FIRST_NON_VCL = 32;

export function h265NalUnitType(nalUnit: Uint8Array): number {
  return nalUnit.length === 0 ? 0 : (nalUnit[0]! >> 1) & 0x3f;
}

export function isH265Slice(type: number): boolean {
  return type < FIRST_NON_VCL;
}

/** IDR or CRA: decoding can start here. */
export function isH265RandomAccessType(type: number): boolean {
  return type === H265_NAL_UNIT.idrWRadl || type === H265_NAL_UNIT.idrNLp || type === H265_NAL_UNIT.cra;
}

/** An IDR or CRA picture is among the NAL units. */
export function isH265RandomAccess(nalUnits: readonly Uint8Array[]): boolean {
  for (const nalUnit of nalUnits) if (nalUnit.length > 0 && isH265RandomAccessType(h265NalUnitType(nalUnit))) return true;
  return false;
}
