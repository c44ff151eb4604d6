import { base64FromBytes } from '@mediamesh/bytes';
import { serializeSessionDescription, type MediaDescription, type RtpFormat, type SessionDescription } from '@mediamesh/sdp';

/** One track of a stream that a peer is told of. */
export interface DescribedTrack {
  /** Goes into `a=control:trackID=`; SETUPs have it. */
  readonly id: number;
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly kind: 'video' | 'audio' | 'data';
  readonly description: RtpFormat['description'];
  /** Secure profile: the MIKEY message with the keys of this track's packets. */
  readonly mikey?: Uint8Array;
}

export interface DescribeSdpOptions {
  readonly title: string;
  /** A multicast address makes VLC ask for multicast. */
  readonly multicast: boolean;
  /** Offer RTP/SAVP. */
  readonly secure: boolean;
}

const UNICAST_ADDRESS = '0.0.0.0';
const MULTICAST_ADDRESS = '224.1.0.0';

/** The body of a DESCRIBE response. */
export function serializeDescribeSdp(tracks: readonly DescribedTrack[], options: DescribeSdpOptions): string {
  return serializeSessionDescription(describedSession(tracks, options));
}

/** Of a stream that is played, or announced. H264 always has packetization-mode 1, AAC is AAC-hbr: how our packetizers write them. */
export function describedSession(tracks: readonly DescribedTrack[], options: DescribeSdpOptions): SessionDescription {
  return {
    title: options.title,
    connectionAddress: options.multicast ? MULTICAST_ADDRESS : UNICAST_ADDRESS,
    media: tracks.map((track) => describedMedia(track, options.secure)),
  };
}

function describedMedia(track: DescribedTrack, secure: boolean): MediaDescription {
  const { description, payloadType, clockRateHz } = track;
  const mediaType =
    'mediaType' in description.parameters ? description.parameters.mediaType : track.kind === 'data' ? 'application' : track.kind;
  const wire = description.codec === 'H264' ? { packetizationMode: 1 } : {};
  return {
    mediaType,
    port: 0,
    protocol: secure ? 'RTP/SAVP' : 'RTP/AVP',
    control: `trackID=${track.id}`,
    backChannel: false,
    formats: [{ payloadType, clockRateHz, description, wire }],
    ...(track.mikey !== undefined && { mikey: base64FromBytes(track.mikey) }),
  };
}
