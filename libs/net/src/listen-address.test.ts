import { describe, expect, test } from 'vitest';
import { ListenError } from './errors.ts';
import { endpointOf, remoteKey } from './endpoint.ts';
import { MAX_UNIX_PATH_BYTES, parseListenAddress } from './listen-address.ts';
import { TrustedNetworks } from './trusted-networks.ts';

describe('parseListenAddress', () => {
  test.each([
    [':8554', { kind: 'ip', host: '::', port: 8554, family: 'dual' }],
    ['[::]:8554', { kind: 'ip', host: '::', port: 8554, family: 'dual' }],
    ['0.0.0.0:8554', { kind: 'ip', host: '0.0.0.0', port: 8554, family: 'ipv4' }],
    ['127.0.0.1:0', { kind: 'ip', host: '127.0.0.1', port: 0, family: 'ipv4' }],
    ['[::1]:65535', { kind: 'ip', host: '::1', port: 65535, family: 'ipv6' }],
    ['localhost:80', { kind: 'ip', host: 'localhost', port: 80, family: 'name' }],
    ['unix:///run/api.sock', { kind: 'unix', path: '/run/api.sock' }],
    ['unix://http.sock', { kind: 'unix', path: 'http.sock' }],
    [`unix://${'a'.repeat(MAX_UNIX_PATH_BYTES)}`, { kind: 'unix', path: 'a'.repeat(MAX_UNIX_PATH_BYTES) }],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.each([
    '',
    '8554',
    'localhost',
    ':',
    ':65536',
    ':-1',
    ':http',
    '::1:8554',
    '[::1:8554',
    '[1.2.3.4]:1',
    '1.2.3:80',
    '1.2.3.4.5:80',
    '-a:80',
    'a b:80',
    'unix://',
    `unix://${'a'.repeat(MAX_UNIX_PATH_BYTES + 1)}`,
  ])('%j is refused', (text) => {
    expect(() => parseListenAddress(text, 'rtspAddress')).toThrow(ListenError);
    expect(() => parseListenAddress(text, 'rtspAddress')).toThrow(`rtspAddress: '${text}' is not an address to listen on`);
  });
});

describe('endpoints', () => {
  test.each([
    ['1.2.3.4', 5, '1.2.3.4:5'],
    ['::ffff:1.2.3.4', 5, '1.2.3.4:5'],
    ['::1', 5, '[::1]:5'],
    ['fe80::1%eth0', 5, '[fe80::1%eth0]:5'],
  ])('%s %i is %s', (address, port, text) => {
    expect(endpointOf(address, port).text).toBe(text);
    expect(remoteKey(address, port)).toBe(text.replace('%eth0', ''));
  });

  test('a unix socket has none', () => {
    expect(endpointOf(undefined, undefined)).toEqual({ address: '', port: 0, text: '' });
  });
});

describe('TrustedNetworks', () => {
  const networks = new TrustedNetworks(['10.0.0.0/8', '192.168.1.7', '2001:db8::/32', '::1']);

  test.each([
    ['10.255.0.1', true],
    ['::ffff:10.0.0.1', true],
    ['11.0.0.1', false],
    ['192.168.1.7', true],
    ['192.168.1.8', false],
    ['2001:db8::5', true],
    ['2001:db9::5', false],
    ['::1', true],
    ['', false],
  ])('%s: %s', (address, trusted) => {
    expect(networks.has(address)).toBe(trusted);
  });

  test.each(['', 'a', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/-1'])('%j is refused', (network) => {
    expect(() => new TrustedNetworks([network])).toThrow(TypeError);
  });
});
