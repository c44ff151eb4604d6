import { ParseError } from '@mediamesh/bytes';
import { parseStunMessage } from './stun-message.ts';
import type { StunMessage } from './stun-message.ts';

/** Errors: none; a datagram that is no STUN message is undefined. */
export function readStunMessage(bytes: Uint8Array): StunMessage | undefined {
  try {
    return parseStunMessage(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
