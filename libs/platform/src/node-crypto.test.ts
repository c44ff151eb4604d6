import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { NodeCrypto } from './node-crypto.ts';

const crypto = new NodeCrypto();
const ABC = new TextEncoder().encode('abc');

describe('NodeCrypto', () => {
  test.each([
    ['md5', '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('%s of abc', (algorithm, expected) => {
    expect(hexFromBytes(crypto.hash(algorithm, ABC))).toBe(expected);
  });

  // RFC 2202 and RFC 4231, test case 2.
  test.each([
    ['sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ] as const)('HMAC with %s', (algorithm, expected) => {
    const text = new TextEncoder();
    expect(hexFromBytes(crypto.hmac(algorithm, text.encode('Jefe'), text.encode('what do ya want for nothing?')))).toBe(expected);
  });

  // NIST SP 800-38A F.5.1 and F.5.5.
  const COUNTER = bytesFromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
  const PLAIN = bytesFromHex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51');
  test.each([
    ['2b7e151628aed2a6abf7158809cf4f3c', '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff'],
    [
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5',
    ],
  ])('AES-CTR with key %s', (key, cipher) => {
    expect(hexFromBytes(crypto.aesCtr(bytesFromHex(key), COUNTER, PLAIN))).toBe(cipher);
    expect(hexFromBytes(crypto.aesCtr(bytesFromHex(key), COUNTER, bytesFromHex(cipher)))).toBe(hexFromBytes(PLAIN));
    expect(hexFromBytes(crypto.aesCtr(bytesFromHex(key), COUNTER, PLAIN.subarray(0, 17)))).toBe(cipher.slice(0, 34));
  });

  test.each([0, 15, 17, 24, 31, 33])('a key of %i bytes is refused', (length) => {
    expect(() => crypto.aesCtr(new Uint8Array(length), COUNTER, PLAIN)).toThrow(RangeError);
  });

  test('a counter block of another length is refused', () => {
    expect(() => crypto.aesCtr(new Uint8Array(16), new Uint8Array(15), PLAIN)).toThrow('counter block of 15 bytes');
  });

  test('random bytes have the length asked for and differ', () => {
    expect(crypto.randomBytes(0)).toHaveLength(0);
    expect(hexFromBytes(crypto.randomBytes(16))).not.toBe(hexFromBytes(crypto.randomBytes(16)));
  });

  test.each([
    ['', '', true],
    ['0102', '0102', true],
    ['0102', '0103', false],
    ['0102', '010200', false],
  ])('equal(%s, %s)', (a, b, expected) => {
    expect(crypto.equal(bytesFromHex(a), bytesFromHex(b))).toBe(expected);
  });
});
