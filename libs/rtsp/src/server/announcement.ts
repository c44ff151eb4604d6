import { ParseError, utf8FromBytes } from '@mediamesh/bytes';
import { parseSessionDescription, type MediaDescription, type RtpFormat, type SessionDescription } from '@mediamesh/sdp';

/** One announced payload type. `id` counts from 1 over all medias. */
export interface AnnouncedTrack {
  readonly id: number;
  readonly mediaIndex: number;
  readonly kind: 'video' | 'audio' | 'data';
  readonly format: RtpFormat;
}

/**
 * The body of an ANNOUNCE.
 *
 * Errors: ParseError when it is malformed, has no media, has back channels, or H264 that nobody could forward (packetization-mode 0).
 */
export function parseAnnouncement(body: Uint8Array): SessionDescription {
  const description = parseSessionDescription(utf8FromBytes(body));
  if (description.media.length === 0) throw new ParseError('announcement', 0, 'has no media streams');
  if (description.media.some((media) => media.backChannel))
    throw new ParseError('announcement', 0, 'has back channels, which cannot be recorded');
  if (hasH264PacketizationMode0(description.media))
    throw new ParseError('announcement', 0, 'has H264 with packetization-mode 0, which is not supported');
  return description;
}

/** Its NAL units must fit a packet each, so that it can't go through UDP with a smaller packet size. */
export function hasH264PacketizationMode0(medias: readonly MediaDescription[]): boolean {
  return medias.some((media) =>
    media.formats.some((format) => format.description.codec === 'H264' && (format.wire.packetizationMode ?? 0) === 0),
  );
}

/** Every payload type of every media, in order. */
export function announcedTracks(description: SessionDescription): readonly AnnouncedTrack[] {
  const tracks: AnnouncedTrack[] = [];
  description.media.forEach((media, mediaIndex) => {
    const kind = media.mediaType === 'video' || media.mediaType === 'audio' ? media.mediaType : 'data';
    for (const format of media.formats) tracks.push({ id: tracks.length + 1, mediaIndex, kind, format });
  });
  return tracks;
}
