import { ByteReader, ParseError, utf8FromBytes } from '@mediamesh/bytes';
import { readXorAddress } from './xor-address.ts';
import type { TransportAddress } from './xor-address.ts';

const STRUCTURE = 'STUN message';
export const STUN_HEADER_BYTES = 20;
export const STUN_MAGIC_COOKIE = 0x2112_a442;
export const TRANSACTION_ID_BYTES = 12;

/** A check of a browser has 8; more are no reason to work for a stranger. */
export const MAX_STUN_ATTRIBUTES = 32;
/** RFC 8489 14.3: a user name has less than 509 bytes. */
export const MAX_STUN_USERNAME_BYTES = 508;

/** A realm and a nonce have less than 128 characters, of up to 6 bytes. RFC 8489 14.9, 14.10. */
export const MAX_STUN_TEXT_BYTES = 763;

export const StunMethod = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;
export type StunMethod = (typeof StunMethod)[keyof typeof StunMethod];

export const StunClass = { request: 0, indication: 1, success: 2, error: 3 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

export const StunAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/**
 * What of a STUN message ICE and TURN read.
 *
 * Source: RFC 8489 5, 14; RFC 8445 7.1; RFC 8656 18.
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
  /** Of whichever role. */
  readonly tieBreaker?: Uint8Array;
  /** Of an error response: `401`. */
  readonly errorCode?: number;
  readonly realm?: string;
  readonly nonce?: Uint8Array;
  /** Where the server sees us. */
  readonly mapped?: TransportAddress;
  /** Where a TURN server receives for us. */
  readonly relayed?: TransportAddress;
  /** Whom relayed data comes from. */
  readonly peer?: TransportAddress;
  readonly lifetimeS?: number;
  /** What is relayed. */
  readonly data?: Uint8Array;
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
 * Aliasing: bytes are views of the input.
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
type Found = { -readonly [Key in keyof Attributes]: Attributes[Key] };

function attributesOf(bytes: Uint8Array): Attributes {
  const found: Found = { useCandidate: false, controlling: false, controlled: false };
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
    const read = READERS.get(type);
    if (read !== undefined) read(found, value, { at, bytes });
  }
  return found;
}

/** `at`: where the attribute begins in the message, which is `bytes`. */
type Place = { readonly at: number; readonly bytes: Uint8Array };
type AttributeReader = (found: Found, value: Uint8Array, place: Place) => void;

const READERS: ReadonlyMap<number, AttributeReader> = new Map<number, AttributeReader>([
  [
    StunAttribute.username,
    (found, value, { at }) => void (found.username = text(value, { what: 'user name', at, max: MAX_STUN_USERNAME_BYTES })),
  ],
  [StunAttribute.realm, (found, value, { at }) => void (found.realm = text(value, { what: 'realm', at, max: MAX_STUN_TEXT_BYTES }))],
  [
    StunAttribute.nonce,
    (found, value, { at }) => {
      assertLength(value, { what: 'nonce', at, max: MAX_STUN_TEXT_BYTES });
      found.nonce = value;
    },
  ],
  [StunAttribute.priority, (found, value) => void (found.priority = new ByteReader(value, STRUCTURE).u32())],
  [StunAttribute.useCandidate, (found) => void (found.useCandidate = true)],
  [
    StunAttribute.iceControlling,
    (found, value) => {
      found.controlling = true;
      found.tieBreaker = new ByteReader(value, STRUCTURE).bytes(8);
    },
  ],
  [
    StunAttribute.iceControlled,
    (found, value) => {
      found.controlled = true;
      found.tieBreaker = new ByteReader(value, STRUCTURE).bytes(8);
    },
  ],
  [StunAttribute.errorCode, (found, value) => void (found.errorCode = errorCodeOf(value))],
  [StunAttribute.xorMappedAddress, (found, value, { bytes }) => void (found.mapped = readXorAddress(value, bytes))],
  [StunAttribute.xorRelayedAddress, (found, value, { bytes }) => void (found.relayed = readXorAddress(value, bytes))],
  [StunAttribute.xorPeerAddress, (found, value, { bytes }) => void (found.peer = readXorAddress(value, bytes))],
  [StunAttribute.lifetime, (found, value) => void (found.lifetimeS = new ByteReader(value, STRUCTURE).u32())],
  [StunAttribute.data, (found, value) => void (found.data = value)],
  [
    StunAttribute.messageIntegrity,
    (found, value, { at }) => {
      if (value.length !== 20) throw new ParseError(STRUCTURE, at, `has an integrity of ${value.length} bytes`);
      found.integrityOffset = at;
    },
  ],
]);

interface Limit {
  readonly what: string;
  readonly at: number;
  readonly max: number;
}

function assertLength(value: Uint8Array, { what, at, max }: Limit): void {
  if (value.length > max) throw new ParseError(STRUCTURE, at, `has a ${what} of ${value.length} bytes, more than ${max}`);
}

function text(value: Uint8Array, limit: Limit): string {
  assertLength(value, limit);
  return utf8FromBytes(value);
}

/** Source: RFC 8489 14.8. */
function errorCodeOf(value: Uint8Array): number {
  const reader = new ByteReader(value, STRUCTURE);
  reader.skip(2);
  return (reader.u8() & 7) * 100 + reader.u8();
}
