import { base64FromBytes } from '@mediamesh/bytes';
import { serializeSessionDescription, type MediaDescription, type RtpFormat } from '@mediamesh/sdp';

/** One track of a stream that readers are told of. */
export interface DescribedTrack {
  /** Goes into `a=control:trackID=`; SETUPs come back with it. */
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

/** The body of a DESCRIBE response. H264 is always offered with packetization-mode 1, AAC as AAC-hbr: how our packetizers write them. */
export function serializeDescribeSdp(tracks: readonly DescribedTrack[], options: DescribeSdpOptions): string {
  return serializeSessionDescription({
    title: options.title,
    connectionAddress: options.multicast ? MULTICAST_ADDRESS : UNICAST_ADDRESS,
    media: tracks.map((track) => describedMedia(track, options.secure)),
  });
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
