import { randomInt } from 'node:crypto';
import { NO_SUPPORTED_CODEC, isDataMedia, matchOffered, retransmissionOf } from '@mediamesh/webrtc';
import type { AnsweredMedia, OfferedMedia, OutgoingMedia, SdpCodec, WebRtcOffer } from '@mediamesh/webrtc';
import type { FromStream, OutgoingTrack } from '../from-stream.ts';
import { RequestError } from './access.ts';
import type { AcceptedTrack } from './reading.ts';

const STREAM_ID = 'mediamtx';
const CNAME = 'mediamtx';

export interface ReaderMedia {
  readonly media: readonly AnsweredMedia[];
  readonly accepted: readonly AcceptedTrack[];
  /** Data channels are answered. */
  readonly hasData: boolean;
}

/**
 * What of a stream goes into which media of the offer. An audio media that gets nothing is accepted all the same, with a codec that
 * stays silent: browsers show video without it late, or not at all (contract 6.4.4).
 * Errors: RequestError 400 when nothing of the stream can be sent, or the peer takes none of it.
 */
export function answerReader(offer: WebRtcOffer, { tracks, data }: Pick<FromStream, 'tracks' | 'data'>): ReaderMedia {
  if (tracks.length === 0) throw new RequestError(400, NO_SUPPORTED_CODEC);
  const accepted: AcceptedTrack[] = [];
  let hasData = false;
  const media = offer.media.map((offered): AnsweredMedia => {
    if (data !== undefined && !hasData && isDataMedia(offered)) {
      hasData = true;
      return { offered, hasData };
    }
    if (!receives(offered)) return { offered };
    const track = tracks.find((candidate) => candidate.wire.mediaType === offered.mediaType && !isTaken(accepted, candidate));
    const codec = track && matchOffered(track.wire, offered);
    if (codec === undefined) return silence(offered);
    const rtxCodec = retransmissionOf(codec, offered);
    const rtx = rtxCodec && { payloadType: rtxCodec.payloadType, ssrc: randomInt(1, 2 ** 32) };
    accepted.push({ track: track!, payloadType: codec.payloadType, rtx });
    return sending(offered, rtxCodec === undefined ? [codec] : [codec, rtxCodec], { ssrc: track!.sender.ssrc, rtxSsrc: rtx?.ssrc });
  });
  if (accepted.length === 0) {
    const names = tracks.map(({ track }) => track.codec).join(', ');
    throw new RequestError(400, `the client supports none of the stream's codecs, which are ${names}`);
  }
  return { media, accepted, hasData };
}

function receives({ direction, mediaType }: OfferedMedia): boolean {
  return (direction === 'recvonly' || direction === 'sendrecv') && (mediaType === 'video' || mediaType === 'audio');
}

function isTaken(accepted: readonly AcceptedTrack[], track: OutgoingTrack): boolean {
  return accepted.some((candidate) => candidate.track === track);
}

function sending(offered: OfferedMedia, codecs: readonly SdpCodec[], ssrcs: Pick<OutgoingMedia, 'ssrc' | 'rtxSsrc'>): AnsweredMedia {
  const outgoing = { ...ssrcs, streamId: STREAM_ID, trackId: offered.mediaType, cname: CNAME };
  return { offered, accepted: { direction: 'sendonly', codecs, outgoing } };
}

function silence(offered: OfferedMedia): AnsweredMedia {
  const codec = offered.codecs.find(({ name, clockRateHz }) => name.toUpperCase() === 'PCMU' && clockRateHz === 8_000);
  if (offered.mediaType !== 'audio' || codec === undefined) return { offered };
  return sending(offered, [{ ...codec, feedback: [] }], { ssrc: randomInt(1, 2 ** 32) });
}
