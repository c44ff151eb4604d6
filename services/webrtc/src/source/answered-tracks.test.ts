import { parseOffer } from '@mediamesh/webrtc';
import { expect, test } from 'vitest';
import { answeredTracks } from './answered-tracks.ts';

const SESSION = ['v=0', 'a=ice-ufrag:u', 'a=ice-pwd:p', 'a=fingerprint:sha-256 AA'];
const VIDEO = [
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
  'a=sendonly',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:97 nack',
  'a=rtpmap:97 VP9/90000',
  'a=rtpmap:98 rtx/90000',
  'a=fmtp:98 apt=97',
];
const AUDIO = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=sendonly', 'a=rtpmap:111 opus/48000/2'];

const tracksOf = (lines: readonly string[]) => answeredTracks(parseOffer([...SESSION, ...lines].join('\r\n')).media);

test('every codec of a media may come, and what is lost of it again as it is agreed', () => {
  expect(tracksOf([...VIDEO, ...AUDIO])).toMatchObject([
    [
      { payloadType: 96, rtxPayloadType: undefined, track: { id: 1, kind: 'video', codec: 'VP8', clockRateHz: 90_000 } },
      { payloadType: 97, rtxPayloadType: 98, track: { id: 2, kind: 'video', codec: 'VP9', clockRateHz: 90_000 } },
    ],
    [{ payloadType: 111, track: { id: 3, kind: 'audio', codec: 'Opus', clockRateHz: 48_000 } }],
  ]);
});

test('packets have numbers across the transport where the answer says so', () => {
  const lines = [
    ...VIDEO,
    'a=extmap:1 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'a=rtcp-fb:97 transport-cc',
  ];
  expect(tracksOf(lines)).toMatchObject([
    [{ transportSequenceId: undefined }, { transportSequenceId: 1, feedback: ['nack', 'transport-cc'] }],
  ]);
});

test.each([
  ['refused', VIDEO.map((line) => line.replace('video 9', 'video 0'))],
  ['of which nothing is sent', VIDEO.map((line) => line.replace('sendonly', 'inactive'))],
  ['of codecs that we do not take', ['m=video 9 UDP/TLS/RTP/SAVPF 98', 'a=sendonly', 'a=rtpmap:98 rtx/90000']],
])('a media that is %s is not waited for', (_name, video) => {
  expect(tracksOf(video)).toEqual([]);
  expect(tracksOf([...video, ...AUDIO])).toMatchObject([[{ payloadType: 111 }]]);
});
