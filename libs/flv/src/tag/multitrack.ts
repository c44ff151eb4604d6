import { ByteReader, ParseError } from '@mediamesh/bytes';

/** Tracks of one message: publishers have some renditions and languages. */
export const MAX_TRACKS_PER_TAG = 32;
/** Extensions before a packet: one is defined, and more than one of it has no meaning. */
export const MAX_EXTENSIONS = 8;

const EXTENDED_SIZE = 256;
const TIMESTAMP_OFFSET_NANO = 0;
const NANO_BYTES = 3;
/** One millisecond, less one nanosecond. */
const MAX_NANOSECONDS = 999_999;
const MultitrackType = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/** What one track has of a message. */
export interface TrackPart {
  readonly trackId: number;
  readonly fourCc: number;
  readonly body: Uint8Array;
}

/** What precedes the tracks of a message, read by the video and the audio tag alike. */
export interface ExtendedHeader {
  readonly packetType: number;
  readonly nanosecondOffset: number;
}

/**
 * The extensions (ModEx) before a packet; the reader stands behind the byte with the packet's type.
 *
 * Errors: ParseError when truncated or at MAX_EXTENSIONS.
 * Source: Enhanced RTMP v2, ModEx.
 */
export function readExtensions(reader: ByteReader, firstType: number, modExType: number): ExtendedHeader {
  let packetType = firstType;
  let nanosecondOffset = 0;
  for (let count = 0; packetType === modExType; count++) {
    if (count === MAX_EXTENSIONS) throw new ParseError(reader.structure, reader.position, `has more than ${MAX_EXTENSIONS} extensions`);
    let size = reader.u8() + 1;
    if (size === EXTENDED_SIZE) size = reader.u16() + 1;
    const data = reader.bytes(size);
    const next = reader.u8();
    if (next >> 4 === TIMESTAMP_OFFSET_NANO && data.length >= NANO_BYTES) {
      nanosecondOffset = Math.min((data[0]! << 16) | (data[1]! << 8) | data[2]!, MAX_NANOSECONDS);
    }
    packetType = next & 0x0f;
  }
  return { packetType, nanosecondOffset };
}

/** The one track of a message that is not multitrack. */
export function readSingleTrack(reader: ByteReader): readonly TrackPart[] {
  return [{ fourCc: reader.u32(), trackId: 0, body: reader.rest() }];
}

/**
 * The tracks of a multitrack message; the reader stands behind the byte with the multitrack's and the packet's type.
 *
 * Errors: ParseError when truncated, of an unknown type, or at MAX_TRACKS_PER_TAG.
 * Source: Enhanced RTMP v2, Multitrack.
 */
export function readTracks(reader: ByteReader, multitrackType: number): readonly TrackPart[] {
  if (multitrackType > MultitrackType.manyTracksManyCodecs) {
    throw new ParseError(reader.structure, reader.position - 1, `has the multitrack type ${multitrackType}`);
  }
  const manyCodecs = multitrackType === MultitrackType.manyTracksManyCodecs;
  const common = manyCodecs ? 0 : reader.u32();
  if (multitrackType === MultitrackType.oneTrack) return [{ fourCc: common, trackId: reader.u8(), body: reader.rest() }];
  const parts: TrackPart[] = [];
  while (reader.remaining > 0) {
    if (parts.length === MAX_TRACKS_PER_TAG) {
      throw new ParseError(reader.structure, reader.position, `has more than ${MAX_TRACKS_PER_TAG} tracks`);
    }
    const fourCc = manyCodecs ? reader.u32() : common;
    const trackId = reader.u8();
    parts.push({ fourCc, trackId, body: reader.bytes(reader.u24()) });
  }
  return parts;
}
