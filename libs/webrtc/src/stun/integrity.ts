import { copyBytes } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { STUN_HEADER_BYTES } from './stun-message.ts';
import type { StunMessage } from './stun-message.ts';

export const INTEGRITY_BYTES = 20;
const ATTRIBUTE_HEADER_BYTES = 4;

/** Whether the message was made by who knows the password. Source: RFC 8489 14.5, 9.1.3. */
export function hasIntegrity(bytes: Uint8Array, { integrityOffset }: StunMessage, key: Uint8Array, crypto: CryptoPort): boolean {
  if (integrityOffset === undefined) return false;
  const from = integrityOffset + ATTRIBUTE_HEADER_BYTES;
  return crypto.equal(integrityOf(bytes, integrityOffset, key, crypto), bytes.subarray(from, from + INTEGRITY_BYTES));
}

/** Of what comes before `end`, with the header's length as if the message ended behind the attribute. */
export function integrityOf(bytes: Uint8Array, end: number, key: Uint8Array, crypto: CryptoPort): Uint8Array {
  const covered = copyBytes(bytes.subarray(0, end));
  const length = end - STUN_HEADER_BYTES + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES;
  covered[2] = length >>> 8;
  covered[3] = length;
  return crypto.hmac('sha1', key, covered);
}
