import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSslCiphers } from './openssl-ciphers.ts';
import { OpenSslPacketCipher, PortablePacketCipher } from './packet-cipher.ts';

const TAG_BYTES = 10;

test('OpenSSL through koffi and node:crypto protect to the same bytes', () => {
  const ciphers = openSslCiphers();
  if (ciphers === undefined) throw new Error('OpenSSL cannot be reached through koffi on this machine');
  for (const length of [12, 13, 28, 100, 1_200, 60_000]) {
    const encryptionKey = randomBytes(16);
    const authenticationKey = randomBytes(20);
    const counter = randomBytes(16);
    const native = new Uint8Array(randomBytes(7 + length + TAG_BYTES));
    const portable = new Uint8Array(native);
    const place = { start: 7, clear: 19, end: 7 + length, tag: 7 + length };
    new OpenSslPacketCipher(ciphers, encryptionKey, authenticationKey).protect(native, place, counter, TAG_BYTES);
    new PortablePacketCipher(encryptionKey, authenticationKey).protect(portable, place, counter, TAG_BYTES);
    expect(native).toEqual(portable);
  }
});

test.each([
  ['native', 'behind the packet', 103],
  ['portable', 'behind the packet', 103],
  ['native', 'behind its suffix', 107],
  ['portable', 'behind its suffix', 107],
])('what was protected is the same again; what was changed anywhere stays as it is (%s, tag %s)', (which, _where, tagAt) => {
  const keys = [randomBytes(16), randomBytes(20)] as const;
  const cipher = which === 'native' ? new OpenSslPacketCipher(openSslCiphers()!, ...keys) : new PortablePacketCipher(...keys);
  const counter = randomBytes(16);
  const place = { start: 3, clear: 15, end: 103, tag: tagAt };
  const suffix = Uint8Array.of(1, 2, 3, 4);
  const plain = new Uint8Array(randomBytes(120));
  plain.set(suffix, place.end);
  const secret = new Uint8Array(plain);
  cipher.protect(secret, place, counter, TAG_BYTES);
  const tag = new Uint8Array(secret.subarray(place.tag, place.tag + TAG_BYTES));
  secret.set(suffix, place.end);
  for (let at = place.start; at < place.end + suffix.length; at++) {
    const changed = new Uint8Array(secret);
    changed[at]! ^= 1;
    const before = new Uint8Array(changed);
    expect(cipher.unprotect(changed, place, counter, tag)).toBe(false);
    expect(changed).toEqual(before);
  }
  const otherTag = new Uint8Array(tag);
  otherTag[TAG_BYTES - 1]! ^= 1;
  expect(cipher.unprotect(secret, place, counter, otherTag)).toBe(false);
  expect(cipher.unprotect(secret, place, counter, tag)).toBe(true);
  expect(secret.subarray(0, place.end)).toEqual(plain.subarray(0, place.end));
});

test('a cipher protects one packet after the other, each with its own counter', () => {
  const cipher = new OpenSslPacketCipher(openSslCiphers()!, new Uint8Array(16), new Uint8Array(20));
  const protectedWith = (counter: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(100);
    cipher.protect(bytes, { start: 0, clear: 12, end: 90, tag: 90 }, counter, TAG_BYTES);
    return bytes;
  };
  const first = protectedWith(new Uint8Array(16));
  expect(protectedWith(new Uint8Array(16).fill(1))).not.toEqual(first);
  expect(protectedWith(new Uint8Array(16))).toEqual(first);
});
