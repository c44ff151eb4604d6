import { createCipheriv, createHmac } from 'node:crypto';
import type { PacketCipher, PacketPlace } from '@mediamesh/bytes';
import { openSslCiphers } from './openssl-ciphers.ts';
import type { OpenSslCiphers } from './openssl-ciphers.ts';

const AUTHENTICATED_SUFFIX_BYTES = 4;
const SHA1_BYTES = 20;

/** By OpenSSL's contexts, set up once, where koffi reaches them: a tenth of what `node:crypto` costs a packet. */
export function openPacketCipher(encryptionKey: Uint8Array, authenticationKey: Uint8Array): PacketCipher {
  const ciphers = openSslCiphers();
  if (ciphers === undefined) return new PortablePacketCipher(encryptionKey, authenticationKey);
  return new OpenSslPacketCipher(ciphers, encryptionKey, authenticationKey);
}

export class PortablePacketCipher implements PacketCipher {
  private readonly encryptionKey: Uint8Array;
  private readonly authenticationKey: Uint8Array;

  constructor(encryptionKey: Uint8Array, authenticationKey: Uint8Array) {
    this.encryptionKey = encryptionKey;
    this.authenticationKey = authenticationKey;
  }

  protect(bytes: Uint8Array, { start, clear, end }: PacketPlace, counter: Uint8Array, tagBytes: number): void {
    bytes.set(createCipheriv('aes-128-ctr', this.encryptionKey, counter).update(bytes.subarray(clear, end)), clear);
    const tag = createHmac('sha1', this.authenticationKey)
      .update(bytes.subarray(start, end + AUTHENTICATED_SUFFIX_BYTES))
      .digest();
    bytes.set(tag.subarray(0, tagBytes), end);
  }
}

/** Freed with their owner: contexts of OpenSSL are outside of the heap. */
const released = new FinalizationRegistry<() => void>((free) => free());

export class OpenSslPacketCipher implements PacketCipher {
  private readonly ciphers: OpenSslCiphers;
  private readonly encryption: number;
  private readonly authentication: number;
  /** The counter block of a packet, and its whole tag. */
  private readonly counter = Buffer.alloc(128);
  private readonly counterAddress: number;

  constructor(ciphers: OpenSslCiphers, encryptionKey: Uint8Array, authenticationKey: Uint8Array) {
    this.ciphers = ciphers;
    this.encryption = ciphers.newCtr(encryptionKey);
    this.authentication = ciphers.newHmac(authenticationKey);
    this.counterAddress = ciphers.addressOf(this.counter);
    const { encryption, authentication } = this;
    released.register(this, () => {
      ciphers.freeCtr(encryption);
      ciphers.freeHmac(authentication);
    });
  }

  protect(bytes: Uint8Array, place: PacketPlace, counter: Uint8Array, tagBytes: number): void {
    const { ciphers, encryption, authentication, counterAddress } = this;
    const { start, clear, end } = place;
    const address = ciphers.addressOf(bytes);
    this.counter.set(counter);
    ciphers.setCounter(encryption, counterAddress);
    ciphers.encrypt(encryption, address + clear, address + clear, end - clear);
    const tagAddress = counterAddress + 32;
    ciphers.sign(authentication, address + start, end + AUTHENTICATED_SUFFIX_BYTES - start, tagAddress);
    for (let i = 0; i < tagBytes && i < SHA1_BYTES; i++) bytes[end + i] = this.counter[32 + i]!;
  }
}
