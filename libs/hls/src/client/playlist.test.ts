import { ParseError, bytesFromUtf8 } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ATTRIBUTES, parseAttributeList } from './attribute-list.ts';
import { MAX_DURATION_S, MAX_PARTS, MAX_SEGMENTS } from './media-playlist.ts';
import { MAX_VARIANTS, choosePlaylists } from './multivariant-playlist.ts';
import type { MultivariantPlaylist } from './multivariant-playlist.ts';
import { MALFORMED, MEDIA_PLAYLISTS, MULTIVARIANT } from './playlist.cases.ts';
import { MAX_LINE_CHARACTERS, MAX_PLAYLIST_BYTES } from './playlist-lines.ts';
import { parsePlaylist } from './playlist.ts';

const parse = (text: string): ReturnType<typeof parsePlaylist> => parsePlaylist(bytesFromUtf8(text));
const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n';

test.each(MEDIA_PLAYLISTS)('$name', ({ text, expected }) => {
  expect(parse(text)).toMatchObject({ kind: 'media', ...expected });
});

test('variants and renditions', () => {
  const playlist = parse(MULTIVARIANT) as MultivariantPlaylist;
  expect(playlist.variants.map(({ uri }) => uri)).toEqual(['unknown.m3u8', 'video.m3u8', 'larger.m3u8']);
  expect(playlist.variants[1]).toEqual({ uri: 'video.m3u8', codecs: ['avc1.64001f', 'mp4a.40.2'], audioGroup: 'audio' });
  expect(choosePlaylists(playlist)).toEqual({
    leading: 'video.m3u8',
    audio: [{ group: 'audio', name: 'one, \u00fc', uri: 'audio1.m3u8', language: 'en' }],
  });
});

describe('a choice that cannot be made', () => {
  const variant = { uri: 'v', codecs: ['avc1'], audioGroup: 'a' };
  test.each([
    ['no codec is known', [{ ...variant, codecs: ['vp8'] }], 'no variants with supported codecs found'],
    ['its group is not there', [variant], 'no playlist with Group ID "a" found'],
  ])('%s', (_name, variants, problem) => {
    expect(() => choosePlaylists({ kind: 'multivariant', variants, audio: [] })).toThrow(problem);
  });
});

test.each(MALFORMED)('%s is refused', (_name, text, problem) => {
  expect(() => parse(text)).toThrow(ParseError);
  expect(() => parse(text)).toThrow(problem);
});

describe('limits', () => {
  const attributes = (count: number): string => Array.from({ length: count }, (_, index) => `A${index}=1`).join(',');
  const variants = (count: number): string => `#EXTM3U\n${'#EXT-X-STREAM-INF:BANDWIDTH=1\na\n'.repeat(count)}`;

  test.each<[name: string, limit: number, read: (size: number) => unknown]>([
    ['attributes', MAX_ATTRIBUTES, (size) => parseAttributeList(attributes(size), 'X')],
    ['characters of a line', MAX_LINE_CHARACTERS, (size) => parse(`${HEAD}#EXTINF:1,\n${'a'.repeat(size)}\n`)],
    ['segments', MAX_SEGMENTS, (size) => parse(HEAD + '#EXTINF:1,\na\n'.repeat(size))],
    ['parts', MAX_PARTS, (size) => parse(HEAD + '#EXT-X-PART:DURATION=1,URI="a"\n'.repeat(size))],
    ['seconds', MAX_DURATION_S, (size) => parse(`#EXTM3U\n#EXT-X-TARGETDURATION:${size}\n`)],
    ['variants', MAX_VARIANTS, (size) => parse(variants(size))],
    ['bytes', MAX_PLAYLIST_BYTES, (size) => parse(HEAD + '\n'.repeat(size - HEAD.length))],
  ])('%s', (_name, limit, read) => {
    expect(() => read(limit)).not.toThrow();
    expect(() => read(limit + 1)).toThrow(ParseError);
  });
});

describe('whatever comes', () => {
  const tags = MEDIA_PLAYLISTS.flatMap(({ text }) => text.split('\n'));
  const lines = fc.array(fc.oneof(fc.constantFrom(...tags, ...MULTIVARIANT.split('\n')), fc.string()), { maxLength: 30 });

  test('a playlist, or ParseError', () => {
    fc.assert(
      fc.property(lines, (list) => {
        try {
          parse(`#EXTM3U\n${list.join('\n')}`);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each(MEDIA_PLAYLISTS)('$name, cut anywhere', ({ text }) => {
    for (let length = 0; length < text.length; length++) {
      try {
        parse(text.substring(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
  });
});
