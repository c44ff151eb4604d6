import type { CodecDescription } from '@mediamesh/codecs';
import type { OfferedMedia, SdpCodec } from './offer.ts';
import { retransmissionOf } from './retransmission-codec.ts';
import { TRANSPORT_FEEDBACK, transportSequenceOf } from './transport-sequence.ts';

/** A media that a peer sends: the codec that it is to use, and what that is as a track. */
export interface IncomingCodec {
  readonly codec: SdpCodec;
  /** How its lost packets come again; undefined: as they were. */
  readonly rtx: SdpCodec | undefined;
  readonly description: CodecDescription;
}

/** The feedback that we give. */
const FEEDBACK: readonly string[] = ['nack', 'nack pli', 'ccm fir'];
/** About bandwidth, where the peer does not number its packets for better. */
const ESTIMATE = 'goog-remb';
const L16_RATES: readonly number[] = [8_000, 16_000, 48_000];
const MAX_OPUS_CHANNELS = 8;

/** Why the medias of an offer cannot be published; MediaMTX's texts. Undefined when they can. Contract 6.4.1. */
export function refusalOfMedias(media: readonly OfferedMedia[]): string | undefined {
  for (const { mediaType } of media) if (mediaType !== 'video' && mediaType !== 'audio') return `unsupported media '${mediaType}'`;
  const count = (kind: string): number => media.filter(({ mediaType }) => mediaType === kind).length;
  if (count('video') > 1 || count('audio') > 1) return 'only a single video and a single audio track are supported';
  return media.length === 0 ? 'no valid tracks found' : undefined;
}

/** The first that the peer prefers and we take; undefined when there is none. Contract 6.4.3. */
export function chooseIncoming(media: OfferedMedia): IncomingCodec | undefined {
  return takenCodecs(media)[0];
}

/** Those that the peer may send and we take, in its order. */
export function takenCodecs(media: OfferedMedia): readonly IncomingCodec[] {
  return media.codecs.flatMap((codec) => {
    const description = descriptionOf(codec);
    if (description === undefined) return [];
    const bandwidth = transportSequenceOf(codec, media) === undefined ? ESTIMATE : TRANSPORT_FEEDBACK;
    const feedback = codec.feedback.filter((each) => each === bandwidth || FEEDBACK.includes(each));
    return [{ codec: { ...codec, feedback }, rtx: retransmissionOf(codec, media), description }];
  });
}

function descriptionOf({ name, clockRateHz, channelCount, fmtp }: SdpCodec): CodecDescription | undefined {
  if (clockRateHz === 90_000) {
    switch (name.toUpperCase()) {
      case 'AV1':
      case 'VP9':
      case 'VP8':
      case 'H265':
        return { codec: name.toUpperCase() as 'AV1' | 'VP9' | 'VP8' | 'H265', parameters: {} };
      case 'H264':
        return fmtp.get('packetization-mode') === '1' ? { codec: 'H264', parameters: {} } : undefined;
      default:
        return undefined;
    }
  }
  switch (name.toUpperCase()) {
    case 'OPUS':
      return clockRateHz === 48_000 && channelCount === 2
        ? { codec: 'Opus', parameters: { channelCount: fmtp.get('stereo') === '1' ? 2 : 1 } }
        : undefined;
    case 'MULTIOPUS':
      return clockRateHz === 48_000 && channelCount > 2 && channelCount <= MAX_OPUS_CHANNELS
        ? { codec: 'Opus', parameters: { channelCount } }
        : undefined;
    case 'G722':
      return { codec: 'G722', parameters: { channelCount: 1 } };
    case 'PCMU':
    case 'PCMA':
      if (clockRateHz !== 8_000 || channelCount > 2) return undefined;
      return { codec: 'G711', parameters: { muLaw: name.toUpperCase() === 'PCMU', sampleRateHz: 8_000, channelCount } };
    case 'L16':
      if (!L16_RATES.includes(clockRateHz) || channelCount > 2) return undefined;
      return { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: clockRateHz, channelCount } };
    default:
      return undefined;
  }
}
