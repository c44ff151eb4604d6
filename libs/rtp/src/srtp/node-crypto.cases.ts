import { createCipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CryptoPort } from '@mediamesh/bytes';

/** The port as tests of this package need it; the product's is in libs/platform. */
export const nodeCrypto: CryptoPort = {
  hash: (algorithm, data) => createHash(algorithm).update(data).digest(),
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  aesCtr: (key, counter, data) => createCipheriv(`aes-${key.length === 16 ? 128 : 256}-ctr`, key, counter).update(data),
  packetCipher: (encryptionKey, authenticationKey) => {
    const crypt = (bytes: Uint8Array, clear: number, end: number, counter: Uint8Array): void =>
      bytes.set(createCipheriv('aes-128-ctr', encryptionKey, counter).update(bytes.subarray(clear, end)), clear);
    const hmac = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
      createHmac('sha1', authenticationKey)
        .update(bytes.subarray(start, end + 4))
        .digest();
    return {
      protect: (bytes, { start, clear, end, tag }, counter, tagBytes) => {
        crypt(bytes, clear, end, counter);
        bytes.set(hmac(bytes, start, end).subarray(0, tagBytes), tag);
      },
      unprotect: (bytes, { start, clear, end }, counter, tag) => {
        if (!timingSafeEqual(hmac(bytes, start, end).subarray(0, tag.length), tag)) return false;
        crypt(bytes, clear, end, counter);
        return true;
      },
    };
  },
  randomBytes: (count) => randomBytes(count),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};
