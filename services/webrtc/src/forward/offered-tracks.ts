import { OFFERED_AUDIO, OFFERED_VIDEO, matchOffered } from '@mediamesh/webrtc';
import type { MediaOffer, ReceivedAnswer, SdpCodec } from '@mediamesh/webrtc';
import type { OutgoingTrack } from '../from-stream.ts';
import type { AcceptedTrack } from '../server/reading.ts';

const STREAM_ID = 'mediamtx';
const CNAME = 'mediamtx';

/** A track that is offered to another server. */
export interface OfferedTrack {
  readonly track: OutgoingTrack;
  readonly offer: MediaOffer;
}

/** Each in a media of its own; without those of which no WHIP server knows the codec. */
export function offerTracks(tracks: readonly OutgoingTrack[]): readonly OfferedTrack[] {
  return tracks.flatMap((track) => {
    const codec = offeredCodec(track);
    if (codec === undefined) return [];
    const { mediaType } = track.wire;
    const outgoing = { ssrc: track.sender.ssrc, streamId: STREAM_ID, trackId: mediaType, cname: CNAME };
    return [{ track, offer: { mediaType, codecs: [codec], outgoing } }];
  });
}

/** Those that the server takes, under its payload types. */
export function acceptedTracks(offered: readonly OfferedTrack[], { media }: ReceivedAnswer): readonly AcceptedTrack[] {
  return offered.flatMap(({ track }, index) => {
    const { port, direction, codecs } = media[index]!;
    const codec = port !== 0 && (direction === 'recvonly' || direction === 'sendrecv') ? matchOffered(track.wire, { codecs }) : undefined;
    return codec === undefined ? [] : [{ track, payloadType: codec.payloadType, rtx: undefined }];
  });
}

/** Servers tell mono from stereo by this parameter. Contract 6.4.3. */
const STEREO: readonly string[] = ['stereo', 'sprop-stereo'];

function offeredCodec({ track, wire }: OutgoingTrack): SdpCodec | undefined {
  const codec = matchOffered(wire, { codecs: wire.mediaType === 'video' ? OFFERED_VIDEO : OFFERED_AUDIO });
  if (codec === undefined || track.codec !== 'Opus' || track.parameters.channelCount !== 1) return codec;
  return { ...codec, fmtp: new Map([...codec.fmtp].filter(([key]) => !STEREO.includes(key))) };
}
