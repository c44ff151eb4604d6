import type { Track } from '@mediamesh/media';
import { takenCodecs, transportSequenceOf } from '@mediamesh/webrtc';
import type { OfferedMedia } from '@mediamesh/webrtc';
import type { IncomingTrack } from '../to-stream.ts';

/** What a server may send of each media that it has answered: servers answer with several codecs, and the first packet decides. */
export function answeredTracks(media: readonly OfferedMedia[]): readonly (readonly IncomingTrack[])[] {
  let id = 0;
  return media
    .filter(({ port, direction }) => port !== 0 && (direction === 'sendonly' || direction === 'sendrecv'))
    .map((answered) =>
      takenCodecs(answered).map(({ codec, rtx, description }) => {
        const { payloadType, clockRateHz, feedback } = codec;
        const transportSequenceId = transportSequenceOf(codec, answered)?.id;
        const kind = answered.mediaType === 'video' ? 'video' : 'audio';
        const track: Track = { id: ++id, kind, clockRateHz, ...description };
        return { track, payloadType, rtxPayloadType: rtx?.payloadType, feedback, transportSequenceId };
      }),
    )
    .filter((tracks) => tracks.length > 0);
}
