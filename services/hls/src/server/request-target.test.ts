import { expect, test } from 'vitest';
import { requestTarget } from './request-target.ts';

test.each([
  ['/a/b/index.m3u8', 'index', 'a/b', 'index.m3u8'],
  ['/a/video1_stream.m3u8', 'media', 'a', 'video1_stream.m3u8'],
  ['/a/x_seg1.ts', 'file', 'a', 'x_seg1.ts'],
  ['/a/x_part1.mp', 'file', 'a', 'x_part1.mp4'],
  ['/a/../b/index.m3u8', 'index', 'b', 'index.m3u8'],
  ['/../../etc/x.mp4', 'file', '../../etc', 'x.mp4'], // no path: control refuses it
  ['//a//b/./index.m3u8', 'index', '/a/b', 'index.m3u8'],
  ['/.a/index.m3u8', 'index', '.a', 'index.m3u8'],
  ['/index.m3u8', 'index', '.', 'index.m3u8'],
  ['/.m3u8', 'media', '.', '.m3u8'],
])('%s is a %s of %s', (url, kind, path, name) => {
  expect(requestTarget(url, '')).toEqual({ kind, path, name });
});
