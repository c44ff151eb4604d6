import { ParseError, bytesFromHex, copyBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingCrypto } from '../node-crypto.cases.ts';
import * as limits from './mikey-message.ts';
import { parseMikeyMessage, serializeMikeyMessage, type MikeyMessage } from './mikey-message.ts';
import { MAX_CLOCK_DIFFERENCE_MS, mikeyFromSrtpKeys, srtpKeysFromMikey, type SrtpKeys } from './srtp-keys.ts';

const NOW_MS = 1_700_000_000_250;
const KEYS: SrtpKeys = {
  keyAndSalt: new Uint8Array(30).fill(7),
  mki: Uint8Array.of(1, 2, 3, 4),
  streams: [
    { ssrc: 0xdeadbeef, rolloverCounter: 0 },
    { ssrc: 1, rolloverCounter: 5 },
  ],
};

/** Written by hand after RFC 3830: T, RAND, SP with encryption and key length, KEMAC with one TEK without SPI. */
const BY_HAND = bytesFromHex(
  [
    '010005000badcafe0100',
    '00deadbeef00000001',
    '0b00e8fd2a8040000000',
    '0a10' + '11'.repeat(16),
    '010000000600010101' + '0110',
    '000000220020001e' + '22'.repeat(30) + '00',
  ].join(''),
);

describe('MIKEY', () => {
  test('a message written by hand', () => {
    const message = parseMikeyMessage(BY_HAND);
    expect(message).toEqual({
      csbId: 0x0badcafe,
      cryptoSessions: [{ policy: 0, ssrc: 0xdeadbeef, rolloverCounter: 1 }],
      timestamp: { seconds: 0xe8fd2a80, fraction: 0x40000000 },
      random: new Uint8Array(16).fill(0x11),
      policies: [
        {
          policy: 0,
          parameters: new Map([
            [0, Uint8Array.of(1)],
            [1, Uint8Array.of(16)],
          ]),
        },
      ],
      keys: [{ key: new Uint8Array(30).fill(0x22) }],
    });
    expect(serializeMikeyMessage(message)).toEqual(BY_HAND);
  });

  test('keys there and back', () => {
    const bytes = serializeMikeyMessage(mikeyFromSrtpKeys(KEYS, countingCrypto(), NOW_MS));
    expect(srtpKeysFromMikey(parseMikeyMessage(bytes), NOW_MS)).toEqual(KEYS);
  });

  test('one byte of zero behind is accepted, anything else is not', () => {
    const padded = (...extra: number[]): Uint8Array => Uint8Array.of(...BY_HAND, ...extra);
    expect(parseMikeyMessage(padded(0))).toEqual(parseMikeyMessage(BY_HAND));
    expect(() => parseMikeyMessage(padded(1))).toThrow(ParseError);
    expect(() => parseMikeyMessage(padded(0, 0))).toThrow(ParseError);
  });

  test('truncated at any offset it is refused', () => {
    for (let length = 0; length < BY_HAND.length; length++)
      expect(() => parseMikeyMessage(BY_HAND.subarray(0, length))).toThrow(ParseError);
  });

  test('any change of a byte is read or refused', () => {
    fc.assert(
      fc.property(fc.nat(BY_HAND.length - 1), fc.nat(255), (at, value) => {
        const bytes = copyBytes(BY_HAND);
        bytes[at] = value;
        try {
          const message = parseMikeyMessage(bytes);
          expect(serializeMikeyMessage(message).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('limits hold at the limit and refuse one past it', () => {
    const empty: MikeyMessage = { csbId: 1, cryptoSessions: [], policies: [], keys: [] };
    const sessions = (count: number): MikeyMessage => ({
      ...empty,
      cryptoSessions: Array.from({ length: count }, () => ({ policy: 0, ssrc: 1, rolloverCounter: 0 })),
    });
    const parameters = (count: number): MikeyMessage => ({
      ...empty,
      policies: [{ policy: 0, parameters: new Map(Array.from({ length: count }, (_, i) => [i, Uint8Array.of(1)])) }],
    });
    const payloads = (count: number): MikeyMessage => ({
      ...empty,
      policies: Array.from({ length: count }, (_, policy) => ({ policy, parameters: new Map() })),
    });
    const keys = (count: number): MikeyMessage => ({ ...empty, keys: Array.from({ length: count }, () => ({ key: Uint8Array.of(1) })) });
    const cases: readonly (readonly [(count: number) => MikeyMessage, number])[] = [
      [sessions, limits.MAX_CRYPTO_SESSIONS],
      [parameters, limits.MAX_POLICY_PARAMETERS],
      [payloads, limits.MAX_PAYLOADS],
      [keys, limits.MAX_KEYS],
    ];
    for (const [make, limit] of cases) {
      expect(parseMikeyMessage(serializeMikeyMessage(make(limit)))).toEqual(make(limit));
      expect(() => parseMikeyMessage(serializeMikeyMessage(make(limit + 1)))).toThrow(ParseError);
    }
  });

  describe('keys are refused', () => {
    const message = mikeyFromSrtpKeys(KEYS, countingCrypto(), NOW_MS);
    const { timestamp: _timestamp, ...timeless } = message;
    const weak = new Map([...message.policies[0]!.parameters, [0, Uint8Array.of(0)] as const]);
    const CASES: readonly (readonly [string, MikeyMessage])[] = [
      ['without timestamp', timeless],
      ['without policy', { ...message, policies: [] }],
      ['with encryption off', { ...message, policies: [{ policy: 0, parameters: weak }] }],
      ['without key', { ...message, keys: [] }],
      ['with two keys', { ...message, keys: [...message.keys, ...message.keys] }],
      ['with a short key', { ...message, keys: [{ key: new Uint8Array(29) }] }],
    ];
    test.each(CASES)('%s', (_name, refused) => expect(() => srtpKeysFromMikey(refused, NOW_MS)).toThrow(ParseError));

    test('from another hour', () => {
      // The message carries seconds, of which the fraction is not compared.
      expect(srtpKeysFromMikey(message, NOW_MS - 250 + MAX_CLOCK_DIFFERENCE_MS)).toEqual(KEYS);
      expect(() => srtpKeysFromMikey(message, NOW_MS + MAX_CLOCK_DIFFERENCE_MS + 1)).toThrow(/clocks/);
      expect(() => srtpKeysFromMikey(message, NOW_MS - MAX_CLOCK_DIFFERENCE_MS - 1000)).toThrow(/clocks/);
    });
  });
});
