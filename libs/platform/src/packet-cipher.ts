import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { PacketCipher, PacketPlace } from '@mediamesh/bytes';
import { openSslCiphers } from './openssl-ciphers.ts';
import type { OpenSslCiphers } from './openssl-ciphers.ts';

const AUTHENTICATED_SUFFIX_BYTES = 4;
const SHA1_BYTES = 20;
/** Of the tag, behind the counter block. */
const TAG_OFFSET = 32;

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

  protect(bytes: Uint8Array, { start, clear, end, tag }: PacketPlace, counter: Uint8Array, tagBytes: number): void {
    this.crypt(bytes, clear, end, counter);
    bytes.set(this.hmac(bytes, start, end).subarray(0, tagBytes), tag);
  }

  unprotect(bytes: Uint8Array, { start, clear, end }: PacketPlace, counter: Uint8Array, tag: Uint8Array): boolean {
    if (!timingSafeEqual(this.hmac(bytes, start, end).subarray(0, tag.length), tag)) return false;
    this.crypt(bytes, clear, end, counter);
    return true;
  }

  private crypt(bytes: Uint8Array, clear: number, end: number, counter: Uint8Array): void {
    bytes.set(createCipheriv('aes-128-ctr', this.encryptionKey, counter).update(bytes.subarray(clear, end)), clear);
  }

  private hmac(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return createHmac('sha1', this.authenticationKey)
      .update(bytes.subarray(start, end + AUTHENTICATED_SUFFIX_BYTES))
      .digest();
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
  private readonly tagAddress: number;

  constructor(ciphers: OpenSslCiphers, encryptionKey: Uint8Array, authenticationKey: Uint8Array) {
    this.ciphers = ciphers;
    this.encryption = ciphers.newCtr(encryptionKey);
    this.authentication = ciphers.newHmac(authenticationKey);
    this.counterAddress = ciphers.addressOf(this.counter);
    this.tagAddress = this.counterAddress + TAG_OFFSET;
    const { encryption, authentication } = this;
    released.register(this, () => {
      ciphers.freeCtr(encryption);
      ciphers.freeHmac(authentication);
    });
  }

  protect(bytes: Uint8Array, place: PacketPlace, counter: Uint8Array, tagBytes: number): void {
    const address = this.ciphers.addressOf(bytes);
    this.crypt(address, place, counter);
    this.sign(address, place);
    for (let i = 0; i < tagBytes && i < SHA1_BYTES; i++) bytes[place.tag + i] = this.counter[TAG_OFFSET + i]!;
  }

  unprotect(bytes: Uint8Array, place: PacketPlace, counter: Uint8Array, tag: Uint8Array): boolean {
    const address = this.ciphers.addressOf(bytes);
    this.sign(address, place);
    if (!timingSafeEqual(this.counter.subarray(TAG_OFFSET, TAG_OFFSET + tag.length), tag)) return false;
    this.crypt(address, place, counter);
    return true;
  }

  private crypt(address: number, { clear, end }: PacketPlace, counter: Uint8Array): void {
    const { ciphers, encryption } = this;
    this.counter.set(counter);
    ciphers.setCounter(encryption, this.counterAddress);
    ciphers.encrypt(encryption, address + clear, address + clear, end - clear);
  }

  private sign(address: number, { start, end }: PacketPlace): void {
    this.ciphers.sign(this.authentication, address + start, end + AUTHENTICATED_SUFFIX_BYTES - start, this.tagAddress);
  }
}
