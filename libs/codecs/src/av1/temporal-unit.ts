import { AV1_OBU, AV1_OBU_HAS_EXTENSION, AV1_OBU_HAS_SIZE, av1ObuType } from './obu.ts';

const SHOW_EXISTING_FRAME = 0x80;
const FRAME_TYPE = 0x60;
const SHOW_FRAME = 0x10;

/**
 * A temporal unit that decoding can start at: a sequence header, and a first frame that is a shown key frame.
 *
 * Shape:  OBUs with or without size fields.
 * Source: AV1 7.6.1, 5.9.2.
 */
export function isAv1RandomAccess(obus: readonly Uint8Array[]): boolean {
  let sequenceHeader: Uint8Array | undefined;
  for (const obu of obus) {
    const type = av1ObuType(obu);
    if (type === AV1_OBU.sequenceHeader) sequenceHeader = obu;
    else if (type === AV1_OBU.frame || type === AV1_OBU.frameHeader) {
      if (!sequenceHeader) return false;
      return isReducedStillPicture(sequenceHeader) || isShownKeyFrame(obu);
    }
  }
  return false;
}

/** The flag is the fifth bit of the payload. */
function isReducedStillPicture(sequenceHeader: Uint8Array): boolean {
  return (firstPayloadByte(sequenceHeader) & 0x08) !== 0;
}

function isShownKeyFrame(frame: Uint8Array): boolean {
  return (firstPayloadByte(frame) & (SHOW_EXISTING_FRAME | FRAME_TYPE | SHOW_FRAME)) === SHOW_FRAME;
}

/** 0 when there is none: no key frame, no still picture. */
function firstPayloadByte(obu: Uint8Array): number {
  let at = (obu[0]! & AV1_OBU_HAS_EXTENSION) === 0 ? 1 : 2;
  if ((obu[0]! & AV1_OBU_HAS_SIZE) !== 0) while ((obu[at++] ?? 0) >= 0x80);
  return obu[at] ?? 0;
}
