import { ParseError } from '@mediamesh/bytes';
import { expect, test } from 'vitest';
import { parseStreamAddress } from './client/stream-address.ts';
import { joinStreamUrl, queryValue } from './stream-url.ts';

test.each([
  ['ffmpeg, two parts', 'rtmp://127.0.0.1:1935/live', 'cam', 'live/cam', ''],
  ['ffmpeg, one part', 'rtmp://127.0.0.1:1935/', 'cam', 'cam', ''],
  ['ffmpeg, a query behind the key', 'rtmp://127.0.0.1:1935/live', 'cam?user=u&pass=p', 'live/cam', 'user=u&pass=p'],
  ['OBS without key', 'rtmp://host/cam', '', 'cam', ''],
  ['OBS, a key that is a query', 'rtmp://host/cam', '?user=u&pass=p', 'cam', 'user=u&pass=p'],
  ['OBS, a query behind the server', 'rtmp://host/cam?user=u&pass=p', '', 'cam', 'user=u&pass=p'],
  ['a query behind the server, and a key', 'rtmp://host/live?user=u', 'cam', 'live/cam', 'user=u'],
  ['two queries', 'rtmp://host/live?user=u', 'cam?pass=p', 'live/cam', 'user=u&pass=p'],
  ['a slash too many', 'rtmp://host/live/', '/cam/', 'live/cam', ''],
  ['TLS, no port, many parts', 'rtmps://host/a/b', 'c/d', 'a/b/c/d', ''],
  ['escapes', 'rtmp://host/a%2db', 'c', 'a-b/c', ''],
  ['IPv6', 'rtmp://[::1]:1935/live', 'cam', 'live/cam', ''],
])('%s', (_, tcUrl, streamKey, path, query) => {
  expect(joinStreamUrl(tcUrl, streamKey)).toEqual({ path, query });
});

test.each([
  ['no URL', '/live', 'cam'],
  ['a broken escape', 'rtmp://host/%zz', 'cam'],
])('%s is refused', (_, tcUrl, streamKey) => {
  expect(() => joinStreamUrl(tcUrl, streamKey)).toThrow(ParseError);
});

test.each([
  ['user=u&pass=p', 'pass', 'p'],
  ['user=u', 'pass', ''],
  ['pass', 'pass', ''],
  ['pass=a%26b+c', 'pass', 'a&b c'],
  ['pass=100%', 'pass', '100%'],
  ['pass=a=b', 'pass', 'a=b'],
  ['pass=1&pass=2', 'pass', '1'],
  ['xpass=1', 'pass', ''],
])('in %s, %s is %s', (query, name, value) => {
  expect(queryValue(query, name)).toBe(value);
});

test.each([
  ['rtmp://host/live/cam', { app: 'live', tcUrl: 'rtmp://host/live', streamKey: 'cam', user: '', password: '' }],
  ['RTMP://host:1936/a/b/cam?x=1', { app: 'a/b', tcUrl: 'rtmp://host:1936/a/b', streamKey: 'cam?x=1', user: '', password: '' }],
  ['rtmp://host/cam', { app: 'cam', tcUrl: 'rtmp://host/cam', streamKey: '', user: '', password: '' }],
  ['rtmp://host/live?a=b#my/key', { app: 'live?a=b', tcUrl: 'rtmp://host/live?a=b', streamKey: 'my/key', user: '', password: '' }],
  ['rtmps://us%40r:p%3A@host/live/cam', { app: 'live', tcUrl: 'rtmps://host/live', streamKey: 'cam', user: 'us@r', password: 'p:' }],
])('%s', (url, address) => {
  expect(parseStreamAddress(url)).toEqual(address);
});

test.each(['http://host/live/cam', 'rtmp:///live', 'rtmp', ''])('%s is no address', (url) => {
  expect(() => parseStreamAddress(url)).toThrow(ParseError);
});
