/** NAL unit types that matter to the RTP payload format. Source: H.265 table 7-1, RFC 7798 4.4. */
export const H265NalUnitType = {
  /** Types up to here are slices. */
  lastVcl: 31,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  prefixSei: 39,
  aggregationPacket: 48,
  fragmentationUnit: 49,
  paci: 50,
} as const;

export const NAL_UNIT_HEADER_BYTES = 2;

/** The `nal_unit_type` of a two-byte header. */
export function h265NalUnitTypeOf(firstByte: number): number {
  return (firstByte >> 1) & 0x3f;
}
