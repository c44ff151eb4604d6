/** Start code values. Source: ISO 14496-2 table 6-3. */
export const MPEG4_VIDEO_START_CODE = {
  firstVideoObjectLayer: 0x20,
  lastVideoObjectLayer: 0x2f,
  visualObjectSequence: 0xb0,
  visualObjectSequenceEnd: 0xb1,
  userData: 0xb2,
  groupOfVop: 0xb3,
  visualObject: 0xb5,
  vop: 0xb6,
} as const;

/** vop_coding_type values. */
export const MPEG4_VOP_TYPE = { intra: 0, predicted: 1, bidirectional: 2, sprite: 3 } as const;

export function isVideoObjectLayer(code: number): boolean {
  return code >= MPEG4_VIDEO_START_CODE.firstVideoObjectLayer && code <= MPEG4_VIDEO_START_CODE.lastVideoObjectLayer;
}
