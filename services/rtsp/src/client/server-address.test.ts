import { describe, expect, test } from 'vitest';
import { parseServerAddress, redirectedAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

const CASES: readonly (readonly [text: string, expected: Partial<ServerAddress>])[] = [
  ['rtsp://h', { url: 'rtsp://h', hostname: 'h', port: 554, host: 'h', target: '', tls: false, tunnel: 'none' }],
  ['rtsps://h/a', { url: 'rtsps://h/a', port: 322, target: '/a', tls: true, tunnel: 'none' }],
  ['RTSP://h:8554/a?b=c', { url: 'rtsp://h:8554/a?b=c', port: 8554, host: 'h:8554', target: '/a?b=c' }],
  ['rtsp+http://h/a', { url: 'rtsp://h/a', port: 554, tls: false, tunnel: 'http' }],
  ['rtsps+http://h/a', { url: 'rtsps://h/a', port: 322, tls: true, tunnel: 'http' }],
  ['rtsp+ws://h/a', { url: 'rtsp://h/a', port: 554, tls: false, tunnel: 'websocket' }],
  ['rtsps+ws://h/a', { url: 'rtsps://h/a', port: 322, tls: true, tunnel: 'websocket' }],
  ['rtsp://[::1]:554/a', { hostname: '::1', host: '[::1]:554', port: 554 }],
  ['rtsp://u:p%40@h:1/a', { url: 'rtsp://u:p%40@h:1/a', hostname: 'h', host: 'h:1' }],
];

describe('URLs of servers', () => {
  test.each(CASES)('%s', (text, expected) => expect(parseServerAddress(text)).toMatchObject(expected));

  test.each([
    '',
    'rtsp://',
    'rtsp:///a',
    'http://h/a',
    'rtsp+udp://h',
    'rtspss://h',
    'rtsp://h:0/a',
    'rtsp://h:65536/a',
    'rtsp://u:secret@',
  ])('%j is none', (text) => {
    expect(() => parseServerAddress(text)).toThrow(/the URL of the server (is not valid|has the port)/);
    expect(() => parseServerAddress(text)).not.toThrow(/secret/);
  });

  test('a redirect stays in the tunnel', () => {
    expect(redirectedAddress(parseServerAddress('rtsps+ws://h/a'), 'rtsps://other:1/b')).toMatchObject({
      url: 'rtsps://other:1/b',
      hostname: 'other',
      port: 1,
      tls: true,
      tunnel: 'websocket',
    });
  });
});
