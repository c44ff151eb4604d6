import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RtmpCrypto } from './crypto.ts';

export const nodeCrypto: RtmpCrypto = {
  hash: (algorithm, data) => createHash(algorithm).update(data).digest(),
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  randomBytes: (count) => randomBytes(count),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};
