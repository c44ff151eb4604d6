import { createCipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CryptoPort, PacketCipher } from '@mediamesh/bytes';
import { openPacketCipher } from './packet-cipher.ts';

const AES_BLOCK_BYTES = 16;

/** The crypto of formats and protocols by `node:crypto`. Results are views of their own memory. */
export class NodeCrypto implements CryptoPort {
  hash(algorithm: 'md5' | 'sha1' | 'sha256', data: Uint8Array): Uint8Array {
    return createHash(algorithm).update(data).digest();
  }

  hmac(algorithm: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array {
    return createHmac(algorithm, key).update(data).digest();
  }

  /** @throws RangeError for a key of neither 16 nor 32 bytes, or a counter block of other than 16. */
  aesCtr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
    if (key.length !== 16 && key.length !== 32) throw new RangeError(`AES key of ${key.length} bytes: 16 or 32 are possible`);
    if (counter.length !== AES_BLOCK_BYTES) throw new RangeError(`counter block of ${counter.length} bytes: it has ${AES_BLOCK_BYTES}`);
    return createCipheriv(`aes-${key.length === 16 ? 128 : 256}-ctr`, key, counter).update(data);
  }

  packetCipher(encryptionKey: Uint8Array, authenticationKey: Uint8Array): PacketCipher {
    return openPacketCipher(encryptionKey, authenticationKey);
  }

  randomBytes(count: number): Uint8Array {
    return randomBytes(count);
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    // Lengths are no secret: hashes and tags have fixed ones.
    return a.length === b.length && timingSafeEqual(a, b);
  }
}
