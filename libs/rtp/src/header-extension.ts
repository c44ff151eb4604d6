import { RTP_HEADER_BYTES } from './packet.ts';

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
/** The last 4 bits of the profile are the application's. */
const TWO_BYTE_MASK = 0xfff0;
/** Ends the extensions of the one-byte form. */
const RESERVED_ID = 15;

/**
 * One extension of a packet's header; undefined when the packet does not carry it, or what it carries is malformed.
 *
 * Aliasing: a view of the packet.
 * Source:   RFC 8285 4.2, 4.3.
 */
export function headerExtension(bytes: Uint8Array, id: number): Uint8Array | undefined {
  if ((bytes[0]! & 0x10) === 0) return undefined;
  const start = RTP_HEADER_BYTES + (bytes[0]! & 0x0f) * 4;
  const profile = (bytes[start]! << 8) | bytes[start + 1]!;
  const isOneByte = profile === ONE_BYTE_PROFILE;
  if (!isOneByte && (profile & TWO_BYTE_MASK) !== TWO_BYTE_PROFILE) return undefined;
  let at = start + 4;
  const end = Math.min(at + ((bytes[start + 2]! << 8) | bytes[start + 3]!) * 4, bytes.length);
  while (at < end) {
    const first = bytes[at++]!;
    if (first === 0) continue; // padding
    const found = isOneByte ? first >> 4 : first;
    if (isOneByte && found === RESERVED_ID) return undefined;
    const size = isOneByte ? (first & 0x0f) + 1 : bytes[at++]!;
    if (at + size > end) return undefined;
    if (found === id) return bytes.subarray(at, at + size);
    at += size;
  }
  return undefined;
}
