/**
 * What formats and protocols need from the platform, synchronous, so that they stay free of I/O.
 * `libs/platform` implements it with `node:crypto`.
 */
export interface CryptoPort {
  hash(algorithm: 'md5' | 'sha1' | 'sha256', data: Uint8Array): Uint8Array;
  hmac(algorithm: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array;
  /** AES in counter mode with a 16-byte initial counter block; 16- or 32-byte key. Encryption and decryption are the same. */
  aesCtr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array;
  randomBytes(count: number): Uint8Array;
  /** Comparison whose duration does not depend on where the inputs differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
