import { ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { parseAudioTag, parseVideoTag } from '@mediamesh/flv';
import type { AudioTag, VideoTag } from '@mediamesh/flv';
import type { BusUnit, Track } from '@mediamesh/media';
import { describe, expect, test } from 'vitest';
import { FromStream } from './from-stream.ts';
import { serializeConfiguration } from './rtmp-frame.ts';
import { AVC_CONFIGURATION, OTHER_SPS, PPS } from './testing/tags.cases.ts';
import { SOUND, VIDEO, epochState, messagesIn, unit } from './testing/streams.cases.ts';

const IDR = bytesFromHex('65888000');
const SLICE = bytesFromHex('419a00');
const SEI = bytesFromHex('0605ff');

function streamOf(...tracks: readonly Track[]): FromStream {
  const stream = new FromStream();
  stream.describe(epochState(tracks));
  return stream;
}

/** What a reader gets of a unit: the tags with the times of their messages. */
function sent(
  stream: FromStream,
  one: BusUnit,
  trackNumber = 0,
): { readonly tags: readonly (VideoTag | AudioTag)[]; readonly times: readonly number[] } {
  const messages = messagesIn(stream.prepare(one).bytes(trackNumber));
  const tags = messages.flatMap(({ typeId, body }): readonly (VideoTag | AudioTag)[] =>
    typeId === 9 ? parseVideoTag(body) : parseAudioTag(body),
  );
  return { tags, times: messages.map(({ timestampMs }) => timestampMs) };
}

const bodies = (tags: readonly { readonly body: Uint8Array }[]): readonly string[] => tags.map(({ body }) => hexFromBytes(body));
const trackOf = (more: object): Track => ({ ...VIDEO, ...more }) as Track;
const soundOf = (more: object): Track => ({ ...SOUND, id: 1, ...more }) as Track;

describe('video', () => {
  test('of H264 is legacy, and has its composition time', () => {
    const { tags, times } = sent(streamOf(VIDEO), unit(1, 7_200, [IDR, SLICE], { dtsTicks: 3_600 }));
    expect(tags).toMatchObject([{ codec: 'H264', packet: 'frame', key: true, compositionMs: 40, trackId: 0 }]);
    expect(bodies(tags)).toEqual(['00000004' + '65888000' + '00000003' + '419a00']);
    expect(times).toEqual([40]);
    expect(sent(streamOf(VIDEO), unit(1, 0, [SLICE], { key: false })).tags).toMatchObject([{ key: false }]);
  });

  test('without a picture is not sent', () => {
    expect(
      streamOf(VIDEO)
        .prepare(unit(1, 0, [SEI]))
        .bytes(0),
    ).toHaveLength(0);
  });

  test('as a further track is multitrack', () => {
    const { tags } = sent(streamOf(VIDEO), unit(1, 0, [IDR]), 2);
    expect(tags).toMatchObject([{ codec: 'H264', packet: 'frame', trackId: 2, key: true }]);
  });

  test.each([
    ['H265', { parameters: {} }, [bytesFromHex('2601aa')], '00000003' + '2601aa'],
    ['AV1', { parameters: {} }, [bytesFromHex('300102'), bytesFromHex('34aa03')], '1200' + '32020102' + '36aa0103'],
    ['VP9', { parameters: {} }, [bytesFromHex('86004092')], '86004092'],
  ] as const)('of %s', (codec, more, payload, body) => {
    const { tags, times } = sent(streamOf(trackOf({ codec, ...more })), unit(1, 9_000, payload, { key: false }));
    expect(tags).toMatchObject([{ codec, packet: 'frame', trackId: 0, key: false }]);
    expect(bodies(tags)).toEqual([body]);
    expect(times).toEqual([100]);
  });

  test('longer than a chunk has a continuation, also behind 4.6 hours', () => {
    const big = new Uint8Array(200_000).fill(0x11);
    big[0] = 0x65;
    for (const seconds of [1, 20_000]) {
      const { tags, times } = sent(streamOf(VIDEO), unit(1, seconds * 90_000, [big]));
      expect(times).toEqual([seconds * 1000]);
      expect(tags[0]!.body).toHaveLength(200_004);
    }
  });

  test('is made once for all readers that know the track by the same number', () => {
    const frame = streamOf(VIDEO).prepare(unit(1, 0, [IDR]));
    expect(frame.bytes(0)).toBe(frame.bytes(0));
    expect(frame.bytes(1)).not.toBe(frame.bytes(0));
  });
});

describe('times', () => {
  test('of decoding before the beginning do not move the presentation', () => {
    const { tags, times } = sent(streamOf(VIDEO), unit(1, 3_600, [IDR], { dtsTicks: -7_200 }));
    expect(times).toEqual([0]);
    expect(tags).toMatchObject([{ compositionMs: 40 }]);
  });

  test.each([
    ['before the beginning are the beginning', -9_000, 0],
    ['wrap at 2^32 ms', 90 * 2 ** 32 + 900, 10],
    ['in between', 90 * 0xffff_ffff, 0xffff_ffff],
  ])('%s', (_, ticks, timestampMs) => {
    expect(sent(streamOf(VIDEO), unit(1, ticks, [IDR])).times).toEqual([timestampMs]);
  });
});

describe('sound', () => {
  const mp3 = bytesFromHex(`fffb9064${'00'.repeat(413)}`);
  const latmConfig = bytesFromHex('40002310');

  test.each<
    [name: string, track: object, payload: readonly Uint8Array[], tag: object, bodies: readonly string[], times: readonly number[]]
  >([
    [
      'AAC, a message for each frame',
      {},
      [Uint8Array.of(1), Uint8Array.of(2)],
      { codec: 'MPEG-4 Audio', sound: { sampleRateHz: 44_100, bitDepth: 16, channelCount: 2, muLaw: false } },
      ['01', '02'],
      [1_000, 1_021],
    ],
    [
      'Opus',
      { codec: 'Opus', parameters: { channelCount: 2 } },
      [bytesFromHex('fc01'), bytesFromHex('fc02')],
      { codec: 'Opus' },
      ['fc01', 'fc02'],
      [1_000, 1_020],
    ],
    [
      'MP3',
      { codec: 'MPEG-1/2 Audio', clockRateHz: 48_000, parameters: {} },
      [mp3, mp3],
      { codec: 'MPEG-1/2 Audio', sound: { sampleRateHz: 44_100, bitDepth: 16, channelCount: 2, muLaw: false } },
      [hexFromBytes(mp3), hexFromBytes(mp3)],
      [1_000, 1_026],
    ],
    [
      'AC-3',
      { codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 2 } },
      [Uint8Array.of(1), Uint8Array.of(2)],
      { codec: 'AC3' },
      ['01', '02'],
      [1_000, 1_032],
    ],
    [
      'u-law',
      { codec: 'G711', clockRateHz: 48_000, parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 } },
      [Uint8Array.of(0xff)],
      { codec: 'G711', sound: { sampleRateHz: 8_000, bitDepth: 16, channelCount: 1, muLaw: true } },
      ['ff'],
      [1_000],
    ],
    [
      'samples, whose bytes are swapped',
      { codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 44_100, channelCount: 2 } },
      [bytesFromHex('01020304')],
      { codec: 'LPCM', sound: { sampleRateHz: 44_100, bitDepth: 16, channelCount: 2, muLaw: false } },
      ['02010403'],
      [1_000],
    ],
    [
      'FLAC, without its RTP header',
      { codec: 'FLAC', parameters: { rtpMap: 'flac/48000', fmtp: {}, payloadType: 96, mediaType: 'application' } },
      [bytesFromHex('80e000000000000000000000fff8')],
      { codec: 'FLAC' },
      ['fff8'],
      [1_000],
    ],
    [
      'LATM, as AAC',
      { codec: 'MPEG-4 Audio LATM', parameters: { configInBand: false, config: latmConfig } },
      [bytesFromHex('02aabb')],
      { codec: 'MPEG-4 Audio' },
      ['aabb'],
      [1_000],
    ],
  ])('%s', (_, track, payload, tag, expected, expectedTimes) => {
    const { tags, times } = sent(streamOf(soundOf(track)), unit(1, 48_000, payload));
    for (const one of tags) expect(one).toMatchObject({ packet: 'frame', trackId: 0, ...tag });
    expect(bodies(tags)).toEqual(expected);
    expect(times).toEqual(expectedTimes);
  });

  test('MP3 at 48 kHz is sent: its frames say the rate', () => {
    const frame = bytesFromHex('fffb9464');
    const { tags } = sent(streamOf(soundOf({ codec: 'MPEG-1/2 Audio', parameters: {} })), unit(1, 0, [frame]));
    expect(bodies(tags)).toEqual([hexFromBytes(frame)]);
  });

  test('MPEG audio that is not MP3 is refused', () => {
    const layer2 = bytesFromHex('fffd8404');
    const stream = streamOf(soundOf({ codec: 'MPEG-1/2 Audio', parameters: {} }));
    expect(() => stream.prepare(unit(1, 0, [layer2]))).toThrow(ParseError);
  });
});

describe('configurations', () => {
  const configurationOf = (stream: FromStream, number = 0) => {
    const [message] = messagesIn(serializeConfiguration(stream.tracks[0]!, number, 1_000));
    return (message!.typeId === 9 ? parseVideoTag(message!.body) : parseAudioTag(message!.body))[0]!;
  };

  test('of H264, and another one when its parameters change', () => {
    const stream = streamOf(VIDEO);
    expect(configurationOf(stream)).toMatchObject({ codec: 'H264', packet: 'sequenceStart', body: AVC_CONFIGURATION });
    const [track] = stream.tracks;
    expect(track!.configurationRevision).toBe(1);
    stream.describe(epochState([VIDEO], 2));
    expect(track!.configurationRevision).toBe(1);
    stream.describe(epochState([trackOf({ parameters: { sps: OTHER_SPS, pps: PPS } })], 3));
    expect(track!.configurationRevision).toBe(2);
    expect(stream.tracks[0]).toBe(track);
  });

  test('that nobody knows yet is not there', () => {
    const stream = streamOf(trackOf({ parameters: {} }));
    expect(stream.tracks[0]).toMatchObject({ configuration: undefined, configurationRevision: 0 });
  });

  test.each([
    ['AV1', [bytesFromHex('0800000002aff79b5f2008'), bytesFromHex('3010')], '81000c00' + '0a0a00000002aff79b5f2008'],
    ['VP9', [bytesFromHex('824983424003f002f0')], '01000000' + '000a82' + '0202020000'],
  ] as const)('of %s comes out of a key frame', (codec, payload, body) => {
    const stream = streamOf(trackOf({ codec, parameters: {} }));
    stream.prepare(unit(1, 0, payload, { key: true }));
    expect(hexFromBytes(configurationOf(stream).body)).toBe(body);
    stream.prepare(unit(1, 3_600, payload, { key: true }));
    expect(stream.tracks[0]!.configurationRevision).toBe(1);
  });

  test.each([
    ['AAC', {}, '1190'],
    ['Opus', { codec: 'Opus', parameters: { channelCount: 2 } }, '4f70757348656164' + '0102' + '000f' + '80bb0000' + '0000' + '00'],
    ['AC-3', { codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 2 } }, ''],
    [
      'FLAC',
      { codec: 'FLAC', parameters: { rtpMap: 'flac/48000', fmtp: { streaminfo: '0102' }, payloadType: 96, mediaType: 'audio' } },
      '0102',
    ],
    ['LATM', { codec: 'MPEG-4 Audio LATM', parameters: { configInBand: false, config: bytesFromHex('40002310') } }, '1188'],
  ])('of %s, also as a further track', (_, track, body) => {
    const stream = streamOf(soundOf(track));
    for (const number of [0, 3]) {
      const tag = configurationOf(stream, number);
      expect(tag).toMatchObject({ packet: 'sequenceStart', trackId: number });
      expect(hexFromBytes(tag.body)).toBe(body);
    }
  });

  test.each(['MPEG-1/2 Audio', 'G711'])('%s has none', (codec) => {
    const parameters = codec === 'G711' ? { muLaw: true, sampleRateHz: 8_000, channelCount: 1 } : {};
    const [track] = streamOf(soundOf({ codec, parameters })).tracks;
    expect(track!.configuration).toBeNull();
    expect(() => serializeConfiguration(track!, 0, 0)).toThrow('no configuration');
  });
});

test('tracks that RTMP cannot carry are left out', () => {
  const stream = streamOf(
    trackOf({ id: 1, codec: 'VP8', parameters: {} }),
    trackOf({ id: 2 }),
    soundOf({ id: 3, codec: 'G711', parameters: { muLaw: true, sampleRateHz: 16_000, channelCount: 1 } }),
    soundOf({ id: 4, codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz: 48_000, channelCount: 2 } }),
    soundOf({ id: 5, codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 44_100, channelCount: 2 } }),
    soundOf({ id: 6, codec: 'MPEG-4 Audio LATM', parameters: { configInBand: true } }),
    soundOf({ id: 7, codec: 'G722', parameters: { channelCount: 1 } }),
  );
  expect(stream.tracks.map(({ track }) => track.id)).toEqual([2]);
  expect(stream.describedTracks).toHaveLength(7);
});

test('many frames, one behind the other, are read as they were written', () => {
  const stream = streamOf(VIDEO, SOUND);
  const frames = Array.from({ length: 50 }, (_, index) =>
    stream.prepare(index % 2 === 0 ? unit(1, index * 3_600, [IDR]) : unit(2, index * 1_024, [Uint8Array.of(index)])).bytes(0),
  );
  expect(messagesIn(concatBytes(frames))).toHaveLength(50);
});
