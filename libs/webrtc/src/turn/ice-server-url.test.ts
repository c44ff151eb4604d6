import { expect, test } from 'vitest';
import { parseIceServerUrl } from './ice-server-url.ts';

test.each([
  ['stun:example.org', { scheme: 'stun', host: 'example.org', port: 3_478, transport: 'udp' }],
  ['STUN:192.0.2.1:19302', { scheme: 'stun', host: '192.0.2.1', port: 19_302, transport: 'udp' }],
  ['turn:[2001:db8::1]:1', { scheme: 'turn', host: '2001:db8::1', port: 1, transport: 'udp' }],
  ['turn:example.org?transport=udp', { scheme: 'turn', host: 'example.org', port: 3_478, transport: 'udp' }],
  ['turn:example.org:443?transport=tcp', { scheme: 'turn', host: 'example.org', port: 443, transport: 'tcp' }],
  ['turns:example.org', { scheme: 'turns', host: 'example.org', port: 5_349, transport: 'tls' }],
  ['turns:example.org:443?transport=tcp', { scheme: 'turns', host: 'example.org', port: 443, transport: 'tls' }],
])('%s', (url, address) => {
  expect(parseIceServerUrl(url)).toEqual(address);
});

test.each([
  '',
  'http://example.org',
  'stun:',
  'stun:example.org?transport=tcp',
  'stuns:example.org',
  'turn://example.org',
  'turn:user@example.org',
  'turn:example.org:0',
  'turn:example.org:65536',
  'turn:example.org?transport=sctp',
  'turns:example.org?transport=udp',
])('%j cannot be used', (url) => {
  expect(parseIceServerUrl(url)).toBeUndefined();
});
