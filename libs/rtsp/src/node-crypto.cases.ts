import { createCipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CryptoPort } from '@mediamesh/bytes';

/** The real algorithms, with random bytes that count up, so that tests see the same secrets each time. */
export function countingCrypto(): CryptoPort {
  let next = 1;
  return {
    hash: (algorithm, data) => createHash(algorithm).update(data).digest(),
    hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
    aesCtr: (key, counter, data) => createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(data),
    packetCipher: () => {
      throw new Error('nothing here protects packets');
    },
    randomBytes: (count) => new Uint8Array(count).fill(next++),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}
