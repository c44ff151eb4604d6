/**
 * What formats and protocols need from the platform, synchronous, so that they stay free of I/O.
 * `libs/platform` implements it with `node:crypto`.
 */
export interface CryptoPort {
  hash(algorithm: 'md5' | 'sha1' | 'sha256', data: Uint8Array): Uint8Array;
  hmac(algorithm: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array;
  /** AES in counter mode with a 16-byte initial counter block; 16- or 32-byte key. Encryption and decryption are the same. */
  aesCtr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array;
  /** AES-128 in counter mode and HMAC-SHA1, with keys that stay: for what is protected packet by packet. */
  packetCipher(encryptionKey: Uint8Array, authenticationKey: Uint8Array): PacketCipher;
  randomBytes(count: number): Uint8Array;
  /** Comparison whose duration does not depend on where the inputs differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** Protects packets where they lie, and takes the protection off again. */
export interface PacketCipher {
  /**
   * Encrypts `bytes` from `clear` to `end` with the 16-byte initial counter block, then writes the first `tagBytes` of the HMAC of
   * everything from `start` to 4 bytes behind `end` at `tag`. Those 4 bytes are authenticated, not encrypted. Hot.
   */
  protect(bytes: Uint8Array, place: PacketPlace, counter: Uint8Array, tagBytes: number): void;
  /**
   * The reverse: decrypts, and returns true, if `tag` is the beginning of the HMAC of everything from `start` to 4 bytes behind `end`;
   * else nothing changes. Hot.
   */
  unprotect(bytes: Uint8Array, place: PacketPlace, counter: Uint8Array, tag: Uint8Array): boolean;
}

/** Where a packet is in its buffer: from `start` to `end`, encrypted from `clear` on; its tag is written at `tag`. */
export interface PacketPlace {
  start: number;
  clear: number;
  end: number;
  tag: number;
}
