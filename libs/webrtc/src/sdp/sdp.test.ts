import { readFileSync } from 'node:fs';
import { ParseError } from '@mediamesh/bytes';
import type { CodecDescription } from '@mediamesh/codecs';
import { MAX_LINES, MAX_LINE_CHARS, MAX_MEDIAS, MAX_SDP_CHARS } from '@mediamesh/sdp';
import { describe, expect, test } from 'vitest';
import { answeringSetup, serializeAnswer } from './answer.ts';
import { hostCandidates } from './candidates.ts';
import { parseOffer } from './offer.ts';
import { matchOffered, wireCodecOf } from './outgoing-codec.ts';
import { retransmissionOf } from './retransmission-codec.ts';
import { parseSdpSections } from './sections.ts';

const CHROMIUM = readFileSync(new URL('testdata/chromium-reader.sdp', import.meta.url), 'utf8');
const offer = parseOffer(CHROMIUM);
const [video, audio] = offer.media;

describe('offers', () => {
  test("Chromium's is read", () => {
    expect(offer).toMatchObject({ ufrag: '/gZc', password: 'YX6q9iUBMR9Vg1QGPbg6PM9m', setup: 'actpass', bundle: ['0', '1'] });
    expect(offer.fingerprints).toHaveLength(1);
    expect(offer.fingerprints[0]).toMatchObject({ algorithm: 'sha-256' });
    expect(video).toMatchObject({ mediaType: 'video', mid: '0', direction: 'recvonly', protocol: 'UDP/TLS/RTP/SAVPF', rids: [] });
    expect(audio!.codecs.map(({ name }) => name)).toContain('opus');
    expect(audio!.codecs.find(({ name }) => name === 'opus')).toMatchObject({ payloadType: 111, clockRateHz: 48_000, channelCount: 2 });
    expect(video!.codecs.find(({ name }) => name === 'VP8')!.feedback).toEqual(expect.arrayContaining(['nack', 'nack pli', 'ccm fir']));
  });

  test.each([
    ['no media', (text: string) => text.substring(0, text.indexOf('m=video'))],
    ['no ICE credentials', (text: string) => text.replaceAll(/a=ice-ufrag.*\n/g, '')],
    ['no DTLS fingerprint', (text: string) => text.replaceAll(/a=fingerprint.*\n/g, '')],
    ['the line', (text: string) => `${text}what is this\n`],
    ['the media', (text: string) => `${text}m=video x UDP 1\n`],
  ])('is refused: %s', (problem, change) => {
    expect(() => parseOffer(change(CHROMIUM))).toThrow(ParseError);
    expect(() => parseOffer(change(CHROMIUM))).toThrow(problem);
  });

  test('truncated at any line it is read, or refused as malformed', () => {
    const lines = CHROMIUM.split('\n');
    for (let count = 0; count < lines.length; count++) {
      try {
        parseOffer(lines.filter((_, index) => index < count).join('\n'));
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
  });

  test('static payload types need no rtpmap; attributes of the session count for its medias', () => {
    const text = [
      'v=0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:0123456789012345678901',
      'a=fingerprint:sha-256 00:11',
      'a=setup:passive',
      'a=recvonly',
      'm=audio 9 UDP/TLS/RTP/SAVPF 0 8 9',
    ];
    const [media] = parseOffer(text.join('\r\n')).media;
    expect(media!.codecs.map(({ name }) => name)).toEqual(['PCMU', 'PCMA', 'G722']);
    expect(media!.direction).toBe('recvonly');
    expect(answeringSetup(parseOffer(text.join('\n')))).toBe('active');
  });

  test('simulcast layers and extensions', () => {
    const text = CHROMIUM.replace('a=mid:0', 'a=mid:0\na=rid:h send\na=rid:l send pt=96\na=rid:x recv');
    expect(parseOffer(text).media[0]!.rids).toEqual(['h', 'l']);
    expect(offer.media[0]!.extensions).toContainEqual({ id: 9, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' });
  });
});

describe('limits of SDP, at the limit and one past it', () => {
  test.each([
    ['characters', (count: number) => 'a=x\n'.repeat(9).padEnd(count, '\n').substring(0, count), 3_000, undefined],
    ['lines', (count: number) => 'a\n'.replace('a', 'a=').repeat(count - 1), MAX_LINES, MAX_LINES],
    ['line', (count: number) => `a=${'x'.repeat(count - 2)}`, MAX_LINE_CHARS, MAX_LINE_CHARS],
    ['medias', (count: number) => 'm=audio 9 UDP 0\n'.repeat(count), MAX_MEDIAS, MAX_MEDIAS],
  ] as const)('%s', (_name, make, fits, limit) => {
    expect(parseSdpSections(make(fits)).session).toBeDefined();
    if (limit !== undefined) expect(() => parseSdpSections(make(limit + 1))).toThrow(ParseError);
  });

  test('the whole', () => {
    const text = `${'a='.padEnd(MAX_LINE_CHARS, 'x')}\n`.repeat(MAX_SDP_CHARS / MAX_LINE_CHARS).substring(0, MAX_SDP_CHARS);
    expect(parseSdpSections(text).session.attributes.length).toBeGreaterThan(1);
    expect(() => parseSdpSections(`${text}\n`)).toThrow(ParseError);
  });
});

const CODECS: readonly (readonly [string, CodecDescription, string | undefined])[] = [
  ['AV1', { codec: 'AV1', parameters: {} }, 'AV1'],
  ['VP9', { codec: 'VP9', parameters: {} }, 'VP9'],
  ['VP8', { codec: 'VP8', parameters: {} }, 'VP8'],
  ['H265', { codec: 'H265', parameters: {} }, undefined],
  ['H264', { codec: 'H264', parameters: {} }, 'H264'],
  ['Opus', { codec: 'Opus', parameters: { channelCount: 2 } }, 'opus'],
  ['mono Opus', { codec: 'Opus', parameters: { channelCount: 1 } }, 'opus'],
  ['Opus of 6 channels', { codec: 'Opus', parameters: { channelCount: 6 } }, undefined],
  ['G722', { codec: 'G722', parameters: { channelCount: 1 } }, 'G722'],
  ['PCMU', { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 } }, 'PCMU'],
  ['PCMA', { codec: 'G711', parameters: { muLaw: false, sampleRateHz: 8_000, channelCount: 1 } }, 'PCMA'],
  ['LPCM', { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 48_000, channelCount: 2 } }, undefined],
];

describe('codecs', () => {
  test.each(CODECS)('%s, as Chromium takes it', (_name, description, expected) => {
    const wire = wireCodecOf(description)!;
    expect(matchOffered(wire, wire.mediaType === 'video' ? video! : audio!)?.name).toBe(expected);
  });

  test('H264 is sent with packetization mode 1, and constrained baseline where there is a choice', () => {
    const codec = matchOffered(wireCodecOf({ codec: 'H264', parameters: {} })!, video!)!;
    expect(codec.fmtp.get('packetization-mode')).toBe('1');
    expect(codec.fmtp.get('profile-level-id')).toBe('42e01f');
    expect(codec.feedback).toEqual(expect.arrayContaining(['nack', 'nack pli']));
    expect(codec.feedback).not.toContain('transport-cc');
  });

  const UNSENDABLE: readonly CodecDescription[] = [
    { codec: 'M-JPEG', parameters: {} },
    { codec: 'MPEG-4 Audio', parameters: { config: new Uint8Array(2) } },
    { codec: 'Opus', parameters: { channelCount: 9 } },
    { codec: 'G722', parameters: { channelCount: 2 } },
    { codec: 'G711', parameters: { muLaw: true, sampleRateHz: 44_100, channelCount: 1 } },
    { codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48_000, channelCount: 2 } },
    { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 44_100, channelCount: 2 } },
  ];

  test.each(UNSENDABLE)('$codec with $parameters cannot be sent', (description) => {
    expect(wireCodecOf(description)).toBeUndefined();
  });
});

test('an answer', () => {
  const codec = matchOffered(wireCodecOf({ codec: 'VP8', parameters: {} })!, video!)!;
  const rtx = retransmissionOf(codec, video!)!;
  const outgoing = { ssrc: 1234, rtxSsrc: 5678, streamId: 'mediamtx', trackId: 'video', cname: 'c' };
  const text = serializeAnswer({
    isLite: true,
    sessionId: 5,
    ufrag: 'uu',
    password: 'pp',
    fingerprint: 'AA:BB',
    setup: 'passive',
    candidates: hostCandidates('udp', ['192.0.2.1', '::1'], 8_189),
    media: [{ offered: video!, accepted: { direction: 'sendonly', codecs: [codec, rtx], outgoing } }, { offered: audio! }],
  });
  expect(text.replaceAll('\r\n', '\n')).toBe(`v=0
o=- 5 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=ice-lite
a=fingerprint:sha-256 AA:BB
a=msid-semantic: WMS *
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:0
a=setup:passive
a=ice-ufrag:uu
a=ice-pwd:pp
a=rtcp-mux
a=rtcp-rsize
a=sendonly
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=msid:mediamtx video
a=ssrc-group:FID 1234 5678
a=ssrc:1234 cname:c
a=ssrc:1234 msid:mediamtx video
a=ssrc:5678 cname:c
a=ssrc:5678 msid:mediamtx video
a=candidate:10 1 udp 2130706431 192.0.2.1 8189 typ host
a=candidate:11 1 udp 2130706175 ::1 8189 typ host
a=end-of-candidates
m=audio 0 UDP/TLS/RTP/SAVPF ${audio!.formats.join(' ')}
c=IN IP4 0.0.0.0
a=inactive
a=mid:1
`);
});
