import { bytesFromHex } from '@mediamesh/bytes';
import { parseSessionDescription } from '@mediamesh/sdp';
import { expect, test } from 'vitest';
import { serializeDescribeSdp, type DescribedTrack } from './describe-sdp.ts';

const TRACKS: readonly DescribedTrack[] = [
  {
    id: 0,
    payloadType: 96,
    clockRateHz: 90000,
    kind: 'video',
    description: { codec: 'H264', parameters: { sps: bytesFromHex('674d0014'), pps: bytesFromHex('68eb') } },
  },
  {
    id: 1,
    payloadType: 97,
    clockRateHz: 44100,
    kind: 'audio',
    description: { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('1210') } },
  },
  { id: 2, payloadType: 98, clockRateHz: 90000, kind: 'data', description: { codec: 'KLV', parameters: {} } },
  {
    id: 3,
    payloadType: 99,
    clockRateHz: 1000,
    kind: 'data',
    description: { codec: 'Generic', parameters: { rtpMap: 'x/1000', fmtp: { a: 'b' }, payloadType: 99, mediaType: 'metadata' } },
  },
];

test('an unnamed stream', () => {
  expect(serializeDescribeSdp(TRACKS, { title: '', multicast: false, secure: false }).split('\r\n')).toEqual([
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's= ',
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    'a=fmtp:96 packetization-mode=1; profile-level-id=4D0014; sprop-parameter-sets=Z00AFA==,aOs=',
    'a=control:trackID=0',
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 mpeg4-generic/44100/2',
    'a=fmtp:97 config=1210; indexdeltalength=3; indexlength=3; mode=AAC-hbr; profile-level-id=1; sizelength=13; streamtype=5',
    'a=control:trackID=1',
    'm=application 0 RTP/AVP 98',
    'a=rtpmap:98 SMPTE336M/90000',
    'a=control:trackID=2',
    'm=metadata 0 RTP/AVP 99',
    'a=rtpmap:99 x/1000',
    'a=fmtp:99 a=b',
    'a=control:trackID=3',
    '',
  ]);
});

test('multicast, secure, with a title and keys', () => {
  const text = serializeDescribeSdp([{ ...TRACKS[0]!, mikey: Uint8Array.of(1, 2, 3) }], { title: 'cam', multicast: true, secure: true });
  expect(parseSessionDescription(text)).toMatchObject({
    title: 'cam',
    connectionAddress: '224.1.0.0',
    media: [{ protocol: 'RTP/SAVP', mikey: 'AQID' }],
  });
});
