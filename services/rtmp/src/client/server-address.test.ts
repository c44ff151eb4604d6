import { describe, expect, test } from 'vitest';
import { ServerUrlError, parseServerAddress } from './server-address.ts';

test.each([
  ['rtmp://cam/live/key', { hostname: 'cam', port: 1935, tls: false }, { app: 'live', streamKey: 'key', tcUrl: 'rtmp://cam/live' }],
  ['RTMPS://cam:444/live#key', { hostname: 'cam', port: 444, tls: true }, { app: 'live', streamKey: 'key', tcUrl: 'rtmps://cam:444/live' }],
  ['rtmps://u:p@cam/live/key', { hostname: 'cam', port: 1936, tls: true }, { user: 'u', password: 'p', tcUrl: 'rtmps://cam/live' }],
  ['rtmp://[::1]:1935/live/key', { hostname: '::1', port: 1935, tls: false }, { tcUrl: 'rtmp://[::1]:1935/live' }],
])('%s', (url, address, stream) => {
  expect(parseServerAddress(url, 'source')).toMatchObject({ ...address, stream });
});

test('a destination over TLS has another port by default', () => {
  expect(parseServerAddress('rtmps://cam/live/key', 'forward').port).toBe(443);
  expect(parseServerAddress('rtmp://cam/live/key', 'forward').port).toBe(1935);
});

describe('refused, without credentials in the message', () => {
  test.each(['http://u:secret@cam/live', 'rtmp://u:secret@/live', 'rtmp://u:secret@cam:0/live', 'rtmp://u:secret@cam:70000/live', 'cam'])(
    '%s',
    (url) => {
      expect(() => parseServerAddress(url, 'source')).toThrow(ServerUrlError);
      expect(() => parseServerAddress(url, 'source')).not.toThrow('secret');
    },
  );
});
