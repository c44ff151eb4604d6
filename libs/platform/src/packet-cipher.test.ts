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
    const place = { start: 7, clear: 19, end: 7 + length };
    new OpenSslPacketCipher(ciphers, encryptionKey, authenticationKey).protect(native, place, counter, TAG_BYTES);
    new PortablePacketCipher(encryptionKey, authenticationKey).protect(portable, place, counter, TAG_BYTES);
    expect(native).toEqual(portable);
  }
});

test('a cipher protects one packet after the other, each with its own counter', () => {
  const cipher = new OpenSslPacketCipher(openSslCiphers()!, new Uint8Array(16), new Uint8Array(20));
  const protectedWith = (counter: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(100);
    cipher.protect(bytes, { start: 0, clear: 12, end: 90 }, counter, TAG_BYTES);
    return bytes;
  };
  const first = protectedWith(new Uint8Array(16));
  expect(protectedWith(new Uint8Array(16).fill(1))).not.toEqual(first);
  expect(protectedWith(new Uint8Array(16))).toEqual(first);
});
