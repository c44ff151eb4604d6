import { parseOffer } from '@mediamesh/webrtc';
import { expect, test } from 'vitest';
import { MAX_HELD_BYTES, TrackGathering } from './track-gathering.ts';

const SESSION = ['v=0', 'a=ice-ufrag:u', 'a=ice-pwd:p', 'a=fingerprint:sha-256 AA'];
const VIDEO = [
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
  'a=sendonly',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 VP9/90000',
  'a=rtpmap:98 rtx/90000',
];
const AUDIO = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=sendonly', 'a=rtpmap:111 opus/48000/2'];

const gathering = (...lines: readonly string[]): TrackGathering =>
  new TrackGathering(parseOffer([...SESSION, ...lines].join('\r\n')).media);
const packet = (payloadType: number, size = 20): Uint8Array => {
  const bytes = new Uint8Array(size);
  bytes[0] = 0x80;
  bytes[1] = 0x80 | payloadType;
  return bytes;
};

test('the first packet says which codec of the answer is sent; all of them are kept in order', () => {
  const tracks = gathering(...VIDEO, ...AUDIO);
  const packets = [packet(97), packet(97), packet(5), packet(111)];
  packets.forEach((bytes, index) => {
    expect(tracks.isComplete).toBe(false);
    tracks.rtp(bytes, index);
  });
  expect(tracks.isComplete).toBe(true);
  expect(tracks.tracks).toMatchObject([
    { payloadType: 97, track: { id: 1, kind: 'video', codec: 'VP9', clockRateHz: 90_000 } },
    { payloadType: 111, track: { id: 2, kind: 'audio', codec: 'Opus', clockRateHz: 48_000 } },
  ]);
  expect(tracks.take()).toEqual(packets.map((bytes, nowUs) => ({ bytes, nowUs })));
  expect(tracks.take()).toEqual([]);
});

test('one that stays silent is none', () => {
  const tracks = gathering(...VIDEO, ...AUDIO);
  tracks.rtp(packet(111), 0);
  expect(tracks.tracks).toMatchObject([{ payloadType: 111, track: { id: 1, codec: 'Opus' } }]);
});

test.each([
  ['refused', VIDEO.map((line) => line.replace('video 9', 'video 0'))],
  ['of which nothing is sent', VIDEO.map((line) => line.replace('sendonly', 'inactive'))],
  ['of codecs that we do not take', ['m=video 9 UDP/TLS/RTP/SAVPF 98', 'a=sendonly', 'a=rtpmap:98 rtx/90000']],
])('a media that is %s is not waited for', (_name, video) => {
  expect(gathering(...video).isEmpty).toBe(true);
  const tracks = gathering(...video, ...AUDIO);
  tracks.rtp(packet(111), 0);
  expect(tracks.isComplete).toBe(true);
});

test('no more is kept than the limit', () => {
  const tracks = gathering(...VIDEO);
  tracks.rtp(packet(96, MAX_HELD_BYTES - 20), 0);
  tracks.rtp(packet(96), 1);
  tracks.rtp(packet(96), 2);
  expect(tracks.take().map(({ nowUs }) => nowUs)).toEqual([0, 1]);
});
