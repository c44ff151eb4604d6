import { bytesFromHex, bytesFromLatin1, concatBytes } from '@mediamesh/bytes';
import type { RtmpCrypto } from '../crypto.ts';

/** C1, C2, S1, S2. */
export const HANDSHAKE_PACKET_BYTES = 1_536;
export const VERSION_BYTES = 1;
/** The only version that is not encrypted. */
export const RTMP_VERSION = 3;
/** RTMPE. */
export const ENCRYPTED_VERSION = 6;
/** Numbers from here on are letters: another protocol. Source: RTMP 5.2.2. */
export const FIRST_INVALID_VERSION = 32;

const DIGEST_BYTES = 32;
/** Time and version. */
const HEAD_BYTES = 8;
/** Where the four bytes are whose sum says where the digest is, behind them. */
const DIGEST_POINTERS: readonly number[] = [8, 772];
const DIGEST_RANGE = 728;

const KEY_SUFFIX = bytesFromHex('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae');
const KEYS = {
  client: bytesFromLatin1('Genuine Adobe Flash Player 001'),
  server: bytesFromLatin1('Genuine Adobe Flash Media Server 001'),
} as const;
const FULL_KEYS = { client: concatBytes([KEYS.client, KEY_SUFFIX]), server: concatBytes([KEYS.server, KEY_SUFFIX]) } as const;

export type Side = keyof typeof KEYS;

/** C1 or S1 of a side that proves itself with a digest: time 0, the version, random bytes. */
export function digestPacket(side: Side, version: number, crypto: RtmpCrypto): Uint8Array {
  const packet = randomPacket(crypto);
  new DataView(packet.buffer, packet.byteOffset).setUint32(4, version);
  const at = digestOffset(packet, DIGEST_POINTERS[0]!);
  packet.set(digestOf(packet, at, side, crypto), at);
  return packet;
}

/** C1 or S1 of a side that proves nothing: time and version are 0. */
export function plainPacket(crypto: RtmpCrypto): Uint8Array {
  return randomPacket(crypto);
}

/** The digest in a C1 or S1, undefined where there is none. Aliasing: a view of the packet. */
export function findDigest(packet: Uint8Array, side: Side, crypto: RtmpCrypto): Uint8Array | undefined {
  if (new DataView(packet.buffer, packet.byteOffset).getUint32(4) === 0) return undefined; // no version: no digest
  for (const pointer of DIGEST_POINTERS) {
    const at = digestOffset(packet, pointer);
    const found = packet.subarray(at, at + DIGEST_BYTES);
    if (crypto.equal(found, digestOf(packet, at, side, crypto))) return found;
  }
  return undefined;
}

/** C2 or S2: random bytes, signed with what the other side's digest makes of our key. */
export function signedPacket(side: Side, theirDigest: Uint8Array, crypto: RtmpCrypto): Uint8Array {
  const packet = Uint8Array.from(crypto.randomBytes(HANDSHAKE_PACKET_BYTES));
  const end = HANDSHAKE_PACKET_BYTES - DIGEST_BYTES;
  const key = crypto.hmac('sha256', FULL_KEYS[side], theirDigest);
  packet.set(crypto.hmac('sha256', key, packet.subarray(0, end)), end);
  return packet;
}

/** Whether a C2 or S2 is what `signedPacket` of the other side makes of our digest. */
export function isSigned(packet: Uint8Array, side: Side, ourDigest: Uint8Array, crypto: RtmpCrypto): boolean {
  const end = HANDSHAKE_PACKET_BYTES - DIGEST_BYTES;
  const key = crypto.hmac('sha256', FULL_KEYS[side], ourDigest);
  return crypto.equal(crypto.hmac('sha256', key, packet.subarray(0, end)), packet.subarray(end));
}

function randomPacket(crypto: RtmpCrypto): Uint8Array {
  const packet = new Uint8Array(HANDSHAKE_PACKET_BYTES);
  packet.set(crypto.randomBytes(HANDSHAKE_PACKET_BYTES - HEAD_BYTES), HEAD_BYTES);
  return packet;
}

function digestOffset(packet: Uint8Array, pointer: number): number {
  const sum = packet[pointer]! + packet[pointer + 1]! + packet[pointer + 2]! + packet[pointer + 3]!;
  return pointer + 4 + (sum % DIGEST_RANGE);
}

/** Over everything but the digest. */
function digestOf(packet: Uint8Array, at: number, side: Side, crypto: RtmpCrypto): Uint8Array {
  return crypto.hmac('sha256', KEYS[side], concatBytes([packet.subarray(0, at), packet.subarray(at + DIGEST_BYTES)]));
}
