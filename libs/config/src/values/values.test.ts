import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainCredential, parseCredential } from './credential.ts';
import { MAX_DURATION_MS, formatDuration, formatDurationBriefly, parseDuration } from './duration.ts';
import { formatIpAddress, formatIpNetwork, networkContains, parseIpAddress, parseIpNetwork } from './ip-network.ts';
import { formatSize, formatSizeExactly, parseSize } from './size.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('durations', () => {
  test.each<[string, number, string, string]>([
    ['3h44m16s', 13456 * S, '3h44m16s', '3h44m16s'],
    ['7d18h53m20s', 50 * 13456 * S, '7d18h53m20s', '7d18h53m20s'],
    ['-7d18h53m20s', -50 * 13456 * S, '-7d18h53m20s', '-7d18h53m20s'],
    ['7d', 7 * D, '7d', '7d'],
    ['10s', 10 * S, '10s', '10s'],
    ['1h', H, '1h0m0s', '1h'],
    ['1m', M, '1m0s', '1m'],
    ['60s', M, '1m0s', '1m'],
    ['1d2h', D + 2 * H, '1d2h0m0s', '1d2h'],
    ['24h', D, '1d', '1d'],
    ['200ms', 200, '200ms', '200ms'],
    ['1.5s', 1500, '1.5s', '1.5s'],
    ['1h2m3.5s', H + 2 * M + 3500, '1h2m3.5s', '1h2m3.5s'],
    ['.5s', 500, '500ms', '500ms'],
    ['1.s', S, '1s', '1s'],
    ['1500us', 1.5, '1.5ms', '1.5ms'],
    ['10µs', 0.01, '10µs', '10µs'],
    ['10μs', 0.01, '10µs', '10µs'],
    ['7ns', 0.000007, '7ns', '7ns'],
    ['1s7ns', 1000.000007, '1.000000007s', '1.000000007s'],
    ['-3h', -3 * H, '-3h0m0s', '-3h'],
    ['+3h', 3 * H, '3h0m0s', '3h'],
    ['0s', 0, '', '0s'],
    ['0', 0, '', '0s'],
    ['', 0, '', '0s'],
    ['0d', 0, '', '0s'],
    ['10m20s', 10 * M + 20 * S, '10m20s', '10m20s'],
    ['20h10m', 20 * H + 10 * M, '20h10m0s', '20h10m'],
  ])('%s', (text, ms, api, brief) => {
    expect(Math.abs(parseDuration(text) - ms)).toBe(0);
    expect(formatDuration(ms)).toBe(api);
    expect(formatDurationBriefly(ms)).toBe(brief);
  });

  test.each<[string, string]>([
    ['soon', 'time: invalid duration "soon"'],
    ['10', 'time: missing unit in duration "10"'],
    ['10x', 'time: unknown unit "x" in duration "10x"'],
    ['1d10', 'time: missing unit in duration "10"'],
    ['1h1d', 'time: unknown unit "d" in duration "1h1d"'],
    ['1.5d', 'time: unknown unit "d" in duration "1.5d"'],
    ['-', 'time: invalid duration "-"'],
    ['.s', 'time: invalid duration ".s"'],
    [' 1s', 'time: invalid duration " 1s"'],
    ['1s ', 'time: unknown unit "s " in duration "1s "'],
    ['--1s', 'time: invalid duration "--1s"'],
    ['9999999999999h', 'time: invalid duration "9999999999999h"'],
    ['999999999d', 'time: invalid duration "999999999d"'],
  ])('%j is refused', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test('the largest duration, and one past it', () => {
    expect(parseDuration(`${MAX_DURATION_MS}ms`)).toBe(MAX_DURATION_MS);
    expect(() => parseDuration(`${MAX_DURATION_MS + 1}ms`)).toThrow('invalid duration');
  });

  test('what is formatted reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms === 0 ? 0 : ms);
        expect(parseDuration(formatDurationBriefly(ms))).toBe(ms === 0 ? 0 : ms);
      }),
    );
  });
});

describe('sizes', () => {
  test.each<[string, number, string, string]>([
    ['50M', 50 * 2 ** 20, '50M', '50M'],
    ['50MB', 50 * 2 ** 20, '50M', '50M'],
    ['50MiB', 50 * 2 ** 20, '50M', '50M'],
    ['50mib', 50 * 2 ** 20, '50M', '50M'],
    ['1.5K', 1536, '1.5K', '1536B'],
    ['10B', 10, '10B', '10B'],
    ['0B', 0, '0B', '0B'],
    ['2G', 2 ** 31, '2G', '2G'],
    ['1T', 2 ** 40, '1T', '1T'],
    ['1P', 2 ** 50, '1P', '1P'],
    [' 3K ', 3072, '3K', '3K'],
    ['1234567B', 1234567, '1.2M', '1234567B'],
    ['1.9B', 1, '1B', '1B'],
  ])('%s', (text, bytes, api, exact) => {
    expect(parseSize(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(api);
    expect(formatSizeExactly(bytes)).toBe(exact);
  });

  test.each(['', '50', 'M', '-1M', '50X', '50MM', '1 M', 'B', '1e3M', '9999999E', '10BiB'])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow(
      'byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, GiB, or GB',
    );
  });
});

describe('networks', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['::1', '::1/128'],
    ['::', '::/128'],
    ['::/0', '::/0'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['2001:db8::1/33', '2001:db8::/33'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7/128'],
    ['1::', '1::/128'],
    ['::ffff:1.2.3.4', '1.2.3.4/32'],
    ['::ffff:1.2.3.4/120', '1.2.3.0/24'],
    ['::ffff:1.2.3.4/64', '::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304/128'],
  ])('%s is %s', (text, canonical) => {
    expect(formatIpNetwork(parseIpNetwork(text))).toBe(canonical);
    expect(formatIpNetwork(parseIpNetwork(canonical))).toBe(canonical);
  });

  test.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/a',
    '::1/129',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    '12345::',
    '1.2.3.4::',
    'fe80::1%eth0',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '1.2.3.4/1/2',
  ])('%j is refused', (text) => {
    expect(() => parseIpNetwork(text)).toThrow(`unable to parse IP/CIDR '${text}'`);
  });

  test('every address is in its own network, and in no other of full length', () => {
    const bytes = fc.oneof(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }));
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const address = parseIpAddress(formatIpAddress(a)) ?? [];
        expect(networkContains(parseIpNetwork(formatIpAddress(a)), address)).toBe(true);
        expect(networkContains(parseIpNetwork(formatIpAddress(b)), address)).toBe(formatIpAddress(a) === formatIpAddress(b));
      }),
    );
  });
});

describe('credentials', () => {
  const argon2 = 'argon2:$argon2id$v=19$m=4096,t=3,p=1$MTIzNDU2Nzg$OGGO0eCMN0ievb4YGSzvS/H+Vajx1pcbUmtLp2tRqRU';

  test.each([
    '',
    'abcXYZ019',
    '!$()*+.;<=>[]^_-{}@#&',
    'sha256:rl3rgi4NcZkpAEcacZnQ2VuOfJ0FxAqCRaKB/SwdZoQ=',
    'sha256:test',
    argon2,
    argon2.replace('argon2id', 'argon2i'),
  ])('%j', (text) => {
    expect(parseCredential(text)).toBe(text);
  });

  test.each([
    ['a b', 'credential contains unsupported characters. Supported are: A-Z,0-9'],
    ['a:b', 'credential contains unsupported characters. Supported are: A-Z,0-9'],
    ['ü', 'credential contains unsupported characters. Supported are: A-Z,0-9'],
    ['abc\n', 'credential contains unsupported characters. Supported are: A-Z,0-9'],
    ['sha256:a b', 'credential contains unsupported characters, sha256 hash must be base64 encoded'],
    ['sha256:', 'credential contains unsupported characters, sha256 hash must be base64 encoded'],
    ['argon2:', 'invalid argon2 hash'],
    ['argon2:$argon2id$v=19$m=4096,t=3,p=1$MTIzNDU2Nzg', 'invalid argon2 hash'],
    [argon2.replace('argon2id', 'argon2x'), 'invalid argon2 hash'],
  ])('%j is refused', (text, message) => {
    expect(() => parseCredential(text)).toThrow(message);
  });

  test('a message never quotes the credential', () => {
    expect(() => parseCredential('my secret')).not.toThrow('my secret');
  });

  test('characters of plain credentials', () => {
    const supported = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(isPlainCredential);
    expect(supported.join('')).toBe('!#$&()*+-.0123456789;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{}');
  });
});
