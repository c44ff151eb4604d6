import type { Track } from '@mediamesh/media';
import { chooseIncoming, refusalOfMedias, simulcastOf, transportSequenceOf } from '@mediamesh/webrtc';
import type { AnsweredMedia, Simulcast, WebRtcOffer } from '@mediamesh/webrtc';
import type { IncomingLayer, IncomingTrack } from '../to-stream.ts';
import { RequestError } from './access.ts';

export interface PublisherMedia {
  readonly media: readonly AnsweredMedia[];
  readonly tracks: readonly IncomingTrack[];
}

/**
 * Which codec is taken of each media of the offer: the one that the client prefers. Each layer of simulcast is a track.
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
    const { codec, description } = chosen;
    const kind = offered.mediaType === 'video' ? 'video' : 'audio';
    const { payloadType, feedback } = codec;
    const simulcast = simulcastOf(offered);
    const sequence = transportSequenceOf(codec, offered);
    // Layers share the payload type of what is sent again: where nothing tells theirs apart, it comes as it was.
    const rtx = simulcast === undefined || simulcast.repairedRidExtensionId !== undefined ? chosen.rtx : undefined;
    for (const layer of layersOf(simulcast)) {
      const track: Track = { id: tracks.length + 1, kind, clockRateHz: codec.clockRateHz, ...description };
      tracks.push({ track, payloadType, rtxPayloadType: rtx?.payloadType, feedback, transportSequenceId: sequence?.id, layer });
    }
    const { rids, extensions = [] } = simulcast ?? {};
    const codecs = rtx === undefined ? [codec] : [codec, rtx];
    const all = sequence === undefined ? extensions : [...extensions, sequence];
    return { offered, accepted: { direction: 'recvonly', codecs, ...(rids && { rids }), extensions: all } };
  });
  if (tracks.length === 0) throw new RequestError(400, 'none of the codecs that the client offers is supported');
  return { media, tracks };
}

/** Without simulcast, the media itself. */
function layersOf(simulcast: Simulcast | undefined): readonly (IncomingLayer | undefined)[] {
  if (simulcast === undefined) return [undefined];
  const { rids, ridExtensionId, repairedRidExtensionId } = simulcast;
  return rids.map((rid) => ({ rid, ridExtensionId, repairedRidExtensionId }));
}
