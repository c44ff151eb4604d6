import { bytesFromLatin1, utf8FromBytes } from '@mediamesh/bytes';
import { expect, test } from 'vitest';
import { PlaylistWriter } from './playlist-text.ts';

test('every URI gets the query, nothing else does; a character is a byte', () => {
  const text = new PlaylistWriter().line('#NAME="Übertragung 日"').uriLine('#MAP:URI="', 'init.mp4', '"').uriLine('', 'a.mp4', '').finish();
  expect(utf8FromBytes(bytesFromLatin1(text.withQuery('')))).toBe('#EXTM3U\n#NAME="Übertragung 日"\n#MAP:URI="init.mp4"\na.mp4\n');
  expect(utf8FromBytes(bytesFromLatin1(text.withQuery('a=b')))).toBe(
    '#EXTM3U\n#NAME="Übertragung 日"\n#MAP:URI="init.mp4?a=b"\na.mp4?a=b\n',
  );
});
