import type { Track } from '@mediamesh/media';
import { chooseIncoming, refusalOfMedias } from '@mediamesh/webrtc';
import type { AnsweredMedia, WebRtcOffer } from '@mediamesh/webrtc';
import type { IncomingTrack } from '../to-stream.ts';
import { RequestError } from './access.ts';

export interface PublisherMedia {
  readonly media: readonly AnsweredMedia[];
  readonly tracks: readonly IncomingTrack[];
}

/**
 * Which codec is taken of each media of the offer: the one that the client prefers.
 * Errors: RequestError 406 for medias that cannot be published, 400 when no codec of the offer is taken.
 */
export function answerPublisher(offer: WebRtcOffer): PublisherMedia {
  const refusal = refusalOfMedias(offer.media);
  if (refusal !== undefined) throw new RequestError(406, refusal);
  const tracks: IncomingTrack[] = [];
  const media = offer.media.map((offered): AnsweredMedia => {
    const sends = offered.direction === 'sendonly' || offered.direction === 'sendrecv';
    const chosen = sends ? chooseIncoming(offered) : undefined;
    if (chosen === undefined) return { offered };
    const { codec, rtx, description } = chosen;
    const kind = offered.mediaType === 'video' ? 'video' : 'audio';
    const track: Track = { id: tracks.length + 1, kind, clockRateHz: codec.clockRateHz, ...description };
    tracks.push({ track, payloadType: codec.payloadType, rtxPayloadType: rtx?.payloadType, feedback: codec.feedback });
    return { offered, accepted: { direction: 'recvonly', codecs: rtx === undefined ? [codec] : [codec, rtx] } };
  });
  if (tracks.length === 0) throw new RequestError(400, 'none of the codecs that the client offers is supported');
  return { media, tracks };
}
