import { ByteWriter, ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { parseAudioTag, sizeOfAudioTagHeader, writeAudioTagHeader } from './audio.ts';
import type { AudioTagHeader } from './audio.ts';
import { fourCcNumber, fourCcText } from './four-cc.ts';
import { MAX_EXTENSIONS, MAX_TRACKS_PER_TAG } from './multitrack.ts';
import { AUDIO_CASES, VIDEO_CASES } from './tag.cases.ts';
import { parseVideoTag, sizeOfVideoTagHeader, writeVideoTagHeader } from './video.ts';
import type { VideoTagHeader } from './video.ts';

const PARSERS = { video: parseVideoTag, audio: parseAudioTag };

describe.each([
  ['video', VIDEO_CASES],
  ['audio', AUDIO_CASES],
] as const)('%s', (kind, cases) => {
  test.each([...cases])('$name', ({ hex, tags }) => {
    const found = PARSERS[kind](bytesFromHex(hex)).map((tag) => ({ ...tag, body: hexFromBytes(tag.body) }));
    expect(found).toHaveLength(tags.length);
    for (const [index, tag] of tags.entries()) expect(found[index]).toMatchObject({ kind, ...tag });
  });

  test('truncated anywhere: read, or refused', () => {
    let refused = 0;
    for (const { hex } of cases) {
      const bytes = bytesFromHex(hex);
      for (let length = 0; length < bytes.length; length++) {
        try {
          PARSERS[kind](bytes.subarray(0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(40);
  });
});

describe('limits', () => {
  const tracks = (count: number) =>
    concatBytes([bytesFromHex('a61361766331'), ...Array.from({ length: count }, (_, index) => Uint8Array.of(index, 0, 0, 1, 0xaa))]);
  const extensions = (count: number) =>
    concatBytes([
      Uint8Array.of(0x97),
      ...Array.from({ length: count }, (_, index) => Uint8Array.of(0, 0, index === count - 1 ? 0x13 : 0x17)),
      bytesFromHex('61763031'),
    ]);

  test('tracks of a message', () => {
    expect(parseVideoTag(tracks(MAX_TRACKS_PER_TAG))).toHaveLength(MAX_TRACKS_PER_TAG);
    expect(() => parseVideoTag(tracks(MAX_TRACKS_PER_TAG + 1))).toThrow('tracks');
  });

  test('extensions', () => {
    expect(parseVideoTag(extensions(MAX_EXTENSIONS))).toHaveLength(1);
    expect(() => parseVideoTag(extensions(MAX_EXTENSIONS + 1))).toThrow('extensions');
  });

  test('an extension of the largest size', () => {
    const size = 65_536;
    const bytes = concatBytes([Uint8Array.of(0x97, 0xff, 0xff, 0xff), new Uint8Array(size), bytesFromHex('1361763031')]);
    expect(parseVideoTag(bytes)).toMatchObject([{ codec: 'AV1', packet: 'frame' }]);
  });

  test('a track that is longer than its message, and a type that nobody knows', () => {
    expect(() => parseVideoTag(bytesFromHex('a6136176633100000009aa'))).toThrow(ParseError);
    expect(() => parseVideoTag(bytesFromHex('a6336176633100'))).toThrow('multitrack type');
  });
});

describe('headers are read as they were written', () => {
  const body = bytesFromHex('aabbcc');
  const video: readonly VideoTagHeader[] = (['H264', 'H265', 'AV1', 'VP9'] as const).flatMap((codec) =>
    [0, 1, 255].flatMap((trackId) => [
      { codec, trackId, packet: 'sequenceStart', key: true, compositionMs: 0 } as const,
      { codec, trackId, packet: 'frame', key: true, compositionMs: 0 } as const,
      { codec, trackId, packet: 'frame', key: false, compositionMs: codec === 'H264' || codec === 'H265' ? -40 : 0 } as const,
    ]),
  );
  test.each(video)('video $codec, track $trackId, $packet, composition $compositionMs', (header) => {
    const writer = new ByteWriter();
    writeVideoTagHeader(writer, header);
    expect(writer.position).toBe(sizeOfVideoTagHeader(header));
    const [tag] = parseVideoTag(writer.bytes(body).finish());
    expect(tag).toMatchObject({ ...header, body });
  });

  const audio: readonly AudioTagHeader[] = (['Opus', 'FLAC', 'AC3', 'MPEG-4 Audio', 'MPEG-1/2 Audio'] as const).flatMap((codec) =>
    [0, 1, 255].map((trackId) => ({ codec, trackId, packet: 'frame' }) as const),
  );
  test.each(audio)('audio $codec, track $trackId', (header) => {
    const writer = new ByteWriter();
    writeAudioTagHeader(writer, header);
    expect(writer.position).toBe(sizeOfAudioTagHeader(header));
    expect(parseAudioTag(writer.bytes(body).finish())[0]).toMatchObject({ ...header, body });
  });

  test.each([
    { sampleRateHz: 8_000, bitDepth: 16, channelCount: 2, muLaw: true, codec: 'G711' },
    { sampleRateHz: 8_000, bitDepth: 16, channelCount: 1, muLaw: false, codec: 'G711' },
    { sampleRateHz: 22_050, bitDepth: 16, channelCount: 1, muLaw: false, codec: 'LPCM' },
    { sampleRateHz: 44_100, bitDepth: 16, channelCount: 2, muLaw: false, codec: 'MPEG-1/2 Audio' },
  ] as const)('the sound of $codec', ({ codec, ...sound }) => {
    const writer = new ByteWriter();
    writeAudioTagHeader(writer, { codec, trackId: 0, packet: 'frame', sound });
    expect(parseAudioTag(writer.finish())[0]).toMatchObject({ codec, sound });
  });

  test('what cannot be written', () => {
    const header = { trackId: 1, packet: 'frame' } as const;
    expect(() => writeAudioTagHeader(new ByteWriter(), { ...header, codec: 'G711' })).toThrow(RangeError);
    const frame = { codec: 'H264', trackId: 0, packet: 'frame', key: false } as const;
    expect(() => writeVideoTagHeader(new ByteWriter(), { ...frame, compositionMs: 0x7f_ffff })).not.toThrow();
    expect(() => writeVideoTagHeader(new ByteWriter(), { ...frame, compositionMs: 0x80_0000 })).toThrow(RangeError);
  });
});

test('four characters', () => {
  expect(fourCcNumber('avc1')).toBe(0x61766331);
  expect(fourCcText(fourCcNumber('.mp3'))).toBe('.mp3');
  expect(fourCcText(0x00ff4142)).toBe('..AB');
});
