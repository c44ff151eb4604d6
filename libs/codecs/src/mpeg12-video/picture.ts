import { nextStartCode } from '../timing/start-code.ts';

/** Start code values. Source: ISO 13818-2 table 6-1. */
export const MPEG12_VIDEO_START_CODE = {
  picture: 0x00,
  userData: 0xb2,
  sequence: 0xb3,
  extension: 0xb5,
  sequenceEnd: 0xb7,
  group: 0xb8,
} as const;

/** picture_coding_type values. */
export const MPEG12_PICTURE_TYPE = { intra: 1, predicted: 2, bidirectional: 3 } as const;

/** What the headers of a frame say. */
export interface Mpeg12Picture {
  readonly sequenceHeader: boolean;
  readonly groupHeader: boolean;
  /** Of the first picture; undefined without a picture. */
  readonly pictureType?: number;
  /** Position in presentation within the group of pictures, modulo 1024. */
  readonly temporalReference?: number;
}

/**
 * Never fails: what has no start codes has no headers.
 *
 * Source: ISO 11172-2 2.4.2, ISO 13818-2 6.2.
 */
export function parseMpeg12Picture(frame: Uint8Array): Mpeg12Picture {
  let sequenceHeader = false;
  let groupHeader = false;
  for (let at = nextStartCode(frame, 0); at >= 0; at = nextStartCode(frame, at + 4)) {
    const code = frame[at + 3]!;
    if (code === MPEG12_VIDEO_START_CODE.sequence) sequenceHeader = true;
    else if (code === MPEG12_VIDEO_START_CODE.group) groupHeader = true;
    else if (code === MPEG12_VIDEO_START_CODE.picture && at + 6 <= frame.length) {
      const temporalReference = (frame[at + 4]! << 2) | (frame[at + 5]! >> 6);
      return { sequenceHeader, groupHeader, pictureType: (frame[at + 5]! >> 3) & 7, temporalReference };
    }
  }
  return { sequenceHeader, groupHeader };
}
