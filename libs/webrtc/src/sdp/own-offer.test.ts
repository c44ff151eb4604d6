import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_REMOTE_CANDIDATES } from '../ice/remote-candidate.ts';
import { answeringSetup, serializeAnswer } from './answer.ts';
import { parseAnswer } from './answer-parser.ts';
import { hostCandidates } from './candidates.ts';
import { OFFERED_AUDIO, OFFERED_EXTENSIONS, OFFERED_RETRANSMISSIONS, OFFERED_VIDEO } from './codec-table.ts';
import { takenCodecs } from './incoming-codec.ts';
import { parseOffer } from './offer.ts';
import { serializeOffer } from './offer-writer.ts';
import { transportSequenceOf } from './transport-sequence.ts';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const OFFER = serializeOffer({
  sessionId: 1,
  ufrag: 'usfrag',
  password: 'password-of-24-characters',
  fingerprint: FINGERPRINT,
  candidates: hostCandidates('udp', ['192.0.2.1', '2001:db8::1'], 5_000),
  media: [
    { mediaType: 'video', codecs: [...OFFERED_VIDEO, ...OFFERED_RETRANSMISSIONS], extensions: OFFERED_EXTENSIONS },
    { mediaType: 'audio', codecs: OFFERED_AUDIO, extensions: OFFERED_EXTENSIONS },
  ],
});

function answer(setup: 'active' | 'passive'): string {
  const { media } = parseOffer(OFFER);
  return serializeAnswer({
    isLite: true,
    sessionId: 2,
    ufrag: 'them',
    password: 'their-password-of-24-chars',
    fingerprint: FINGERPRINT,
    setup,
    candidates: hostCandidates('udp', ['192.0.2.9'], 8_189),
    media: [{ offered: media[0]!, accepted: { direction: 'sendonly', codecs: [media[0]!.codecs[0]!] } }, { offered: media[1]! }],
  });
}

describe('an offer to receive', () => {
  const parsed = parseOffer(OFFER);

  test('is one that our own server takes', () => {
    expect(parsed).toMatchObject({ ufrag: 'usfrag', setup: 'actpass', bundle: ['0', '1'], fingerprints: [{ value: FINGERPRINT }] });
    expect(parsed.media.map(({ mid, direction }) => [mid, direction])).toEqual([
      ['0', 'recvonly'],
      ['1', 'recvonly'],
    ]);
    expect(answeringSetup(parsed)).toBe('passive');
  });

  test('lists every codec, each of which we can take, under payload types of its own', () => {
    const codecs = parsed.media.flatMap((media) => media.codecs);
    expect(codecs).toEqual([...OFFERED_VIDEO, ...OFFERED_RETRANSMISSIONS, ...OFFERED_AUDIO]);
    const taken = parsed.media.flatMap(takenCodecs);
    expect(taken).toHaveLength(OFFERED_VIDEO.length + OFFERED_AUDIO.length);
    expect(taken.flatMap(({ rtx }) => (rtx === undefined ? [] : [rtx]))).toEqual(OFFERED_RETRANSMISSIONS);
    expect(new Set(codecs.map(({ payloadType }) => payloadType)).size).toBe(codecs.length);
  });

  test('asks for numbers across the transport, and promises feedback of them', () => {
    for (const media of parsed.media) {
      expect(media.extensions).toEqual(OFFERED_EXTENSIONS);
      const carriers = media.codecs.filter(({ name }) => name !== 'rtx');
      for (const codec of carriers) expect(transportSequenceOf(codec, media)).toEqual(OFFERED_EXTENSIONS[0]);
    }
  });

  test('has its candidates in the first media only', () => {
    expect(OFFER.match(/a=candidate:/g)).toHaveLength(2);
    expect(OFFER.indexOf('a=candidate:')).toBeLessThan(OFFER.indexOf('m=audio'));
  });
});

test('an offer to send names what is sent', () => {
  const outgoing = { ssrc: 7, streamId: 'mediamtx', trackId: 'video', cname: 'mediamtx' };
  const base = { sessionId: 1, ufrag: 'u', password: 'p', fingerprint: FINGERPRINT, candidates: [] };
  const text = serializeOffer({ ...base, media: [{ mediaType: 'video', codecs: [OFFERED_VIDEO[0]!], outgoing }] });
  expect(parseOffer(text).media[0]).toMatchObject({ direction: 'sendonly', codecs: [{ name: 'AV1', payloadType: 97 }] });
  expect(text).toContain('a=msid:mediamtx video\r\na=ssrc:7 cname:mediamtx');
});

describe('an answer', () => {
  test('says where the peer is, what it sends, and who begins with DTLS', () => {
    const parsed = parseAnswer(answer('passive'), 2);
    expect(parsed).toMatchObject({ ufrag: 'them', role: 'client', candidates: [{ address: '192.0.2.9', port: 8_189, type: 'host' }] });
    expect(parsed.media.map(({ port }) => port)).toEqual([9, 0]);
    expect(parseAnswer(answer('active'), 2).role).toBe('server');
  });

  test('has as many candidates as are checked, whatever it lists', () => {
    const more = 'a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n'.repeat(MAX_REMOTE_CANDIDATES);
    expect(parseAnswer(answer('passive') + more, 2).candidates).toHaveLength(MAX_REMOTE_CANDIDATES);
  });

  test.each([
    ['nothing', ''],
    ['no SDP', '<html></html>'],
    ['another number of medias', `${answer('passive')}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`],
    ['no fingerprint', answer('passive').replace(/a=fingerprint.*\r\n/, '')],
    ['no credentials', answer('passive').replace(/a=ice-pwd.*\r\n/, '')],
    ['a megabyte', answer('passive') + 'a=x\r\n'.repeat(200_000)],
  ])('with %s is malformed', (_name, text) => {
    expect(() => parseAnswer(text, 2)).toThrow(ParseError);
  });
});
