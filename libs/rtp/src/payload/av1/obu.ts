/** OBU types that matter to the RTP payload format. Source: AV1 6.2.2. */
export const ObuType = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  tileGroup: 4,
  redundantFrameHeader: 7,
} as const;

export const OBU_EXTENSION_FLAG = 0x04;
export const OBU_HAS_SIZE_FLAG = 0x02;

export function obuTypeOf(firstByte: number): number {
  return (firstByte >> 3) & 0x0f;
}
