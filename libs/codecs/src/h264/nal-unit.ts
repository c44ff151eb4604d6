/** nal_unit_type values that have a meaning here. Source: H.264 table 7-1. */
export const H264_NAL_UNIT = {
  nonIdr: 1,
  dataPartitionA: 2,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  fillerData: 12,
  spsExtension: 13,
  subsetSps: 15,
} as const;

/**
 * NAL units of an access unit; more is malformed. The most slices that a level allows in a picture is 600 (H.265 level 6.2);
 * the rest is room for SEI.
 */
export const MAX_NAL_UNITS_PER_ACCESS_UNIT = 1024;

/** Bytes of an access unit. A key frame of 4K video at 100 Mbit/s is about 2 MiB. */
export const MAX_ACCESS_UNIT_BYTES = 8 * 1024 * 1024;

export function h264NalUnitType(nalUnit: Uint8Array): number {
  return nalUnit.length === 0 ? 0 : nalUnit[0]! & 0x1f;
}

/** An IDR picture is among the NAL units: decoding can start here. */
export function isH264RandomAccess(nalUnits: readonly Uint8Array[]): boolean {
  for (const nalUnit of nalUnits) if (h264NalUnitType(nalUnit) === H264_NAL_UNIT.idr) return true;
  return false;
}
