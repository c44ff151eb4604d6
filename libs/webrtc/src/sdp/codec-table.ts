import { parseFmtp } from '@mediamesh/sdp';
import type { OfferedMedia, SdpCodec } from './offer.ts';
import { TRANSPORT_FEEDBACK, TRANSPORT_SEQUENCE_URI } from './transport-sequence.ts';

const VIDEO_FEEDBACK: readonly string[] = ['nack', 'nack pli', 'goog-remb', TRANSPORT_FEEDBACK];
const AUDIO_FEEDBACK: readonly string[] = ['nack', TRANSPORT_FEEDBACK];

const FIRST_RETRANSMISSION = 35;

const H265 = 'level-id=93;tier-flag=0;tx-mode=SRST';
const H264 = 'level-asymmetry-allowed=1;packetization-mode=1';

/** Of packets that we offer to receive. */
export const OFFERED_EXTENSIONS: OfferedMedia['extensions'] = [{ id: 1, uri: TRANSPORT_SEQUENCE_URI }];

/**
 * What we offer to receive, and under which payload types we offer to send. Contract 6.4.3; usual profiles come first, for servers that
 * take the first of a codec.
 */
export const OFFERED_VIDEO: readonly SdpCodec[] = [
  video(97, 'AV1'),
  video(96, 'AV1', 'profile=1'),
  video(101, 'VP9', 'profile-id=0'),
  video(100, 'VP9', 'profile-id=1'),
  video(99, 'VP9', 'profile-id=2'),
  video(98, 'VP9', 'profile-id=3'),
  video(102, 'VP8'),
  video(104, 'H265', `${H265};profile-id=1`),
  video(103, 'H265', `${H265};profile-id=2`),
  video(106, 'H264', `${H264};profile-level-id=42e01f`),
  video(105, 'H264', `${H264};profile-level-id=42001f`),
];

/** How lost packets of each come again. The payload types are those that are left for dynamic ones when 96 to 127 are used up: RFC 5761 4. */
export const OFFERED_RETRANSMISSIONS: readonly SdpCodec[] = OFFERED_VIDEO.map(({ payloadType, clockRateHz }, index) => ({
  payloadType: FIRST_RETRANSMISSION + index,
  name: 'rtx',
  clockRateHz,
  channelCount: 1,
  fmtp: parseFmtp(`apt=${payloadType}`),
  feedback: [],
}));

export const OFFERED_AUDIO: readonly SdpCodec[] = [
  audio(111, 'opus/48000/2', 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1'),
  multiopus(112, { channels: 3, mapping: '0,2,1', streams: 2, coupled: 1 }),
  multiopus(113, { channels: 4, mapping: '0,1,2,3', streams: 2, coupled: 2 }),
  multiopus(114, { channels: 5, mapping: '0,4,1,2,3', streams: 3, coupled: 2 }),
  multiopus(115, { channels: 6, mapping: '0,4,1,2,3,5', streams: 4, coupled: 2 }),
  multiopus(116, { channels: 7, mapping: '0,4,1,2,3,5,6', streams: 4, coupled: 4 }),
  multiopus(117, { channels: 8, mapping: '0,6,1,4,5,2,3,7', streams: 5, coupled: 4 }),
  audio(9, 'G722/8000/1'),
  audio(118, 'PCMU/8000/2'),
  audio(119, 'PCMA/8000/2'),
  audio(0, 'PCMU/8000/1'),
  audio(8, 'PCMA/8000/1'),
  audio(120, 'L16/8000/2'),
  audio(121, 'L16/16000/2'),
  audio(122, 'L16/48000/2'),
];

function video(payloadType: number, name: string, fmtp = ''): SdpCodec {
  return { payloadType, name, clockRateHz: 90_000, channelCount: 1, fmtp: parseFmtp(fmtp), feedback: VIDEO_FEEDBACK };
}

function audio(payloadType: number, map: string, fmtp = ''): SdpCodec {
  const [name = '', clock, channels] = map.split('/');
  const [clockRateHz, channelCount] = [Number(clock), Number(channels)];
  return { payloadType, name, clockRateHz, channelCount, fmtp: parseFmtp(fmtp), feedback: AUDIO_FEEDBACK };
}

function multiopus(
  payloadType: number,
  of: { readonly channels: number; readonly mapping: string; readonly streams: number; readonly coupled: number },
): SdpCodec {
  const fmtp = `channel_mapping=${of.mapping};num_streams=${of.streams};coupled_streams=${of.coupled}`;
  return audio(payloadType, `multiopus/48000/${of.channels}`, fmtp);
}
