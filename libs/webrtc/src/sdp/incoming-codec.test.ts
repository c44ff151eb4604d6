import { describe, expect, test } from 'vitest';
import { chooseIncoming, refusalOfMedias } from './incoming-codec.ts';
import { parseOffer } from './offer.ts';
import type { OfferedMedia } from './offer.ts';

function media(mediaType: string, ...lines: readonly string[]): OfferedMedia {
  const types = lines.filter((line) => line.startsWith('rtpmap')).map((line) => /:(\d+)/.exec(line)![1]!);
  const text = [
    'v=0',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:0123456789012345678901',
    'a=fingerprint:sha-256 00',
    `m=${mediaType} 9 UDP/TLS/RTP/SAVPF ${types.join(' ')}`,
    ...lines.map((line) => `a=${line}`),
  ];
  return parseOffer(text.join('\n')).media[0]!;
}

describe('what a publisher sends', () => {
  test.each([
    ['video', ['rtpmap:96 VP8/90000'], { codec: 'VP8', parameters: {} }],
    ['video', ['rtpmap:97 rtx/90000', 'rtpmap:98 av1/90000'], { codec: 'AV1', parameters: {} }],
    ['video', ['rtpmap:96 H264/90000', 'fmtp:96 packetization-mode=1'], { codec: 'H264', parameters: {} }],
    ['video', ['rtpmap:96 H264/90000'], undefined],
    ['audio', ['rtpmap:111 opus/48000/2'], { codec: 'Opus', parameters: { channelCount: 1 } }],
    ['audio', ['rtpmap:111 opus/48000/2', 'fmtp:111 stereo=1'], { codec: 'Opus', parameters: { channelCount: 2 } }],
    ['audio', ['rtpmap:112 multiopus/48000/6'], { codec: 'Opus', parameters: { channelCount: 6 } }],
    ['audio', ['rtpmap:8 PCMA/8000'], { codec: 'G711', parameters: { muLaw: false, sampleRateHz: 8_000, channelCount: 1 } }],
    ['audio', ['rtpmap:9 G722/8000'], { codec: 'G722', parameters: { channelCount: 1 } }],
    ['audio', ['rtpmap:122 L16/48000/2'], { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 48_000, channelCount: 2 } }],
    ['audio', ['rtpmap:122 L16/44100/2'], undefined],
    ['audio', ['rtpmap:13 CN/8000'], undefined],
  ])('%s %j', (kind, lines, description) => {
    expect(chooseIncoming(media(kind, ...lines))?.description).toEqual(description);
  });

  test('only feedback that is given is promised', () => {
    const chosen = chooseIncoming(
      media('video', 'rtpmap:96 VP8/90000', 'rtcp-fb:96 nack', 'rtcp-fb:96 nack pli', 'rtcp-fb:96 goog-remb', 'rtcp-fb:96 transport-cc'),
    );
    expect(chosen?.codec.feedback).toEqual(['nack', 'nack pli', 'goog-remb']);
  });

  const SEQUENCE = 'extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
  test.each([
    ['both', ['rtcp-fb:96 goog-remb', 'rtcp-fb:96 transport-cc', SEQUENCE], 'transport-cc'],
    ['no numbers', ['rtcp-fb:96 goog-remb', 'rtcp-fb:96 transport-cc'], 'goog-remb'],
    ['numbers only', ['rtcp-fb:96 goog-remb', SEQUENCE], 'goog-remb'],
    ['numbers and nothing that it takes', [SEQUENCE], undefined],
  ])('about bandwidth, a peer with %s is told once', (_, lines, expected) => {
    expect(chooseIncoming(media('video', 'rtpmap:96 VP8/90000', ...lines))?.codec.feedback[0]).toBe(expected);
  });

  const NACK = ['rtcp-fb:96 nack', 'rtcp-fb:98 nack'];
  test.each([
    ['its own', ['rtpmap:97 rtx/90000', 'fmtp:97 apt=96', ...NACK], 97],
    ['the one of another codec', ['rtpmap:97 rtx/90000', 'fmtp:97 apt=98', 'rtpmap:98 VP8/90000', ...NACK], undefined],
    ['the second of two', ['rtpmap:97 rtx/90000', 'fmtp:97 apt=98', 'rtpmap:99 rtx/90000', 'fmtp:99 apt=96;rtx-time=100', ...NACK], 99],
    ['one of another clock', ['rtpmap:97 rtx/48000', 'fmtp:97 apt=96', ...NACK], undefined],
    ['one that names none', ['rtpmap:97 rtx/90000', ...NACK], undefined],
    ['what nobody can ask for', ['rtpmap:97 rtx/90000', 'fmtp:97 apt=96'], undefined],
  ])('retransmission: %s', (_, lines, payloadType) => {
    const rtx = chooseIncoming(media('video', 'rtpmap:96 VP8/90000', ...lines))!.rtx;
    expect(rtx?.payloadType).toBe(payloadType);
    expect(rtx?.feedback ?? []).toEqual([]);
  });

  const video = media('video', 'rtpmap:96 VP8/90000');
  const audio = media('audio', 'rtpmap:111 opus/48000/2');
  test.each([
    [[video, audio], undefined],
    [[audio], undefined],
    [[video, video], 'only a single video and a single audio track are supported'],
    [[audio, audio], 'only a single video and a single audio track are supported'],
    [[video, { ...audio, mediaType: 'application' }], "unsupported media 'application'"],
    [[], 'no valid tracks found'],
  ])('medias %#', (medias, refusal) => {
    expect(refusalOfMedias(medias)).toBe(refusal);
  });
});
