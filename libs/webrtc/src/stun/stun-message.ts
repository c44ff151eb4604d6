import { ByteReader, ParseError, utf8FromBytes } from '@mediamesh/bytes';

const STRUCTURE = 'STUN message';
export const STUN_HEADER_BYTES = 20;
export const STUN_MAGIC_COOKIE = 0x2112_a442;
export const TRANSACTION_ID_BYTES = 12;

/** A check of a browser has 8; more are no reason to work for a stranger. */
export const MAX_STUN_ATTRIBUTES = 32;
/** RFC 8489 14.3: a user name has less than 509 bytes. */
export const MAX_STUN_USERNAME_BYTES = 508;

export const StunMethod = { binding: 0x001 } as const;

export const StunClass = { request: 0, indication: 1, success: 2, error: 3 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

export const StunAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/**
 * What of a STUN message ICE reads.
 *
 * Source: RFC 8489 5, 14; RFC 8445 7.1.
 */
export interface StunMessage {
  readonly class: StunClass;
  readonly method: number;
  readonly transactionId: Uint8Array;
  readonly username?: string;
  readonly priority?: number;
  readonly useCandidate: boolean;
  readonly controlling: boolean;
  readonly controlled: boolean;
  /** Where MESSAGE-INTEGRITY begins: what is before it is authenticated. Undefined when there is none. */
  readonly integrityOffset?: number;
}

/** Whether a datagram can be STUN at all, by its first bits and the cookie; the rest is `parseStunMessage`'s. Source: RFC 7983, RFC 8489 6.3. */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= STUN_HEADER_BYTES && bytes[0]! < 4 && cookieOf(bytes) === STUN_MAGIC_COOKIE;
}

function cookieOf(bytes: Uint8Array): number {
  return ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0;
}

/**
 * Attributes behind MESSAGE-INTEGRITY are ignored, but for FINGERPRINT, which says nothing that integrity does not say.
 * Errors: ParseError when it is no STUN message, its length is wrong, or an attribute exceeds it, its limit, or their number.
 * Aliasing: the transaction id is a view of the input.
 */
export function parseStunMessage(bytes: Uint8Array): StunMessage {
  if (!isStun(bytes)) throw new ParseError(STRUCTURE, 0, 'has no STUN header');
  const length = (bytes[2]! << 8) | bytes[3]!;
  if (length % 4 !== 0 || STUN_HEADER_BYTES + length !== bytes.length)
    throw new ParseError(STRUCTURE, 2, `says it has ${length} bytes of attributes, and has ${bytes.length - STUN_HEADER_BYTES}`);
  const type = (bytes[0]! << 8) | bytes[1]!;
  return {
    class: (((type >> 7) & 2) | ((type >> 4) & 1)) as StunClass,
    method: ((type & 0x3e00) >> 2) | ((type & 0x00e0) >> 1) | (type & 0x000f),
    transactionId: bytes.subarray(8, STUN_HEADER_BYTES),
    ...attributesOf(bytes),
  };
}

type Attributes = Omit<StunMessage, 'class' | 'method' | 'transactionId'>;

function attributesOf(bytes: Uint8Array): Attributes {
  const found: { -readonly [Key in keyof Attributes]: Attributes[Key] } = { useCandidate: false, controlling: false, controlled: false };
  const reader = new ByteReader(bytes, STRUCTURE);
  reader.skip(STUN_HEADER_BYTES);
  for (let count = 0; reader.remaining > 0; count++) {
    if (count === MAX_STUN_ATTRIBUTES) throw new ParseError(STRUCTURE, reader.position, `has more than ${MAX_STUN_ATTRIBUTES} attributes`);
    const at = reader.position;
    const type = reader.u16();
    const size = reader.u16();
    const value = reader.bytes(size);
    reader.skip((4 - (size % 4)) % 4);
    if (found.integrityOffset !== undefined) continue;
    readAttribute(found, { type, value, at });
  }
  return found;
}

function readAttribute(
  found: { -readonly [Key in keyof Attributes]: Attributes[Key] },
  { type, value, at }: { readonly type: number; readonly value: Uint8Array; readonly at: number },
): void {
  switch (type) {
    case StunAttribute.username:
      if (value.length > MAX_STUN_USERNAME_BYTES)
        throw new ParseError(STRUCTURE, at, `has a user name of ${value.length} bytes, more than ${MAX_STUN_USERNAME_BYTES}`);
      found.username = utf8FromBytes(value);
      break;
    case StunAttribute.priority:
      found.priority = new ByteReader(value, STRUCTURE).u32();
      break;
    case StunAttribute.useCandidate:
      found.useCandidate = true;
      break;
    case StunAttribute.iceControlling:
      found.controlling = true;
      break;
    case StunAttribute.iceControlled:
      found.controlled = true;
      break;
    case StunAttribute.messageIntegrity:
      if (value.length !== 20) throw new ParseError(STRUCTURE, at, `has an integrity of ${value.length} bytes`);
      found.integrityOffset = at;
      break;
    default:
      break;
  }
}
