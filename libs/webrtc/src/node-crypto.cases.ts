import { createCipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CryptoPort } from '@mediamesh/bytes';

/** The port as tests of this package need it; the product's is in libs/platform. */
export const nodeCrypto: CryptoPort = {
  hash: (algorithm, data) => createHash(algorithm).update(data).digest(),
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  aesCtr: (key, counter, data) => createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(data),
  packetCipher: () => {
    throw new Error('nothing here protects packets');
  },
  randomBytes: (count) => randomBytes(count),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};
