import { ByteWriter, bytesFromUtf8 } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { crc32 } from '../crc32.ts';
import { INTEGRITY_BYTES, integrityOf } from './integrity.ts';
import { STUN_HEADER_BYTES, STUN_MAGIC_COOKIE, StunAttribute, StunClass, StunMethod } from './stun-message.ts';
import { xorAddressValue } from './xor-address.ts';

const FINGERPRINT_XOR = 0x5354_554e;
const FINGERPRINT_BYTES = 4;
const ATTRIBUTE_HEADER_BYTES = 4;

/** What a message begins with. */
export interface StunHead {
  readonly class: StunClass;
  readonly method: StunMethod;
  readonly transactionId: Uint8Array;
}

export type StunAttributeValue = readonly [type: number, value: Uint8Array];

/** What proves who made a message. */
export interface StunIntegrity {
  readonly key: Uint8Array;
  readonly crypto: CryptoPort;
}

/** What masks the addresses of a message. */
export function addressMask(transactionId: Uint8Array): Uint8Array {
  return new ByteWriter().u32(STUN_MAGIC_COOKIE).bytes(transactionId).finish();
}

/** A binding response: where we see the peer. Source: RFC 8489 14.2; RFC 8445 7.3.1.2. */
export function serializeBindingSuccess(
  { transactionId, address, port }: { readonly transactionId: Uint8Array; readonly address: string; readonly port: number },
  key: Uint8Array,
  crypto: CryptoPort,
): Uint8Array {
  const mapped = xorAddressValue({ address, port }, addressMask(transactionId));
  return serializeStun(binding(StunClass.success, transactionId), [[StunAttribute.xorMappedAddress, mapped]], { key, crypto });
}

/** Source: RFC 8489 14.8. */
export function serializeBindingError(
  { transactionId, code, reason }: { readonly transactionId: Uint8Array; readonly code: number; readonly reason: string },
  key: Uint8Array,
  crypto: CryptoPort,
): Uint8Array {
  const text = bytesFromUtf8(reason);
  const value = new ByteWriter()
    .u16(0)
    .u8(Math.floor(code / 100))
    .u8(code % 100)
    .bytes(text)
    .finish();
  return serializeStun(binding(StunClass.error, transactionId), [[StunAttribute.errorCode, value]], { key, crypto });
}

/** A connectivity check. Source: RFC 8445 7.2.4. */
export function serializeBindingRequest(
  request: {
    readonly transactionId: Uint8Array;
    readonly username: string;
    readonly priority: number;
    readonly useCandidate: boolean;
    readonly tieBreaker: Uint8Array;
    readonly role: 'controlling' | 'controlled';
  },
  key: Uint8Array,
  crypto: CryptoPort,
): Uint8Array {
  const role = request.role === 'controlling' ? StunAttribute.iceControlling : StunAttribute.iceControlled;
  const attributes: [number, Uint8Array][] = [
    [StunAttribute.username, bytesFromUtf8(request.username)],
    [StunAttribute.priority, new ByteWriter().u32(request.priority).finish()],
    [role, request.tieBreaker],
  ];
  if (request.useCandidate) attributes.push([StunAttribute.useCandidate, new Uint8Array(0)]);
  return serializeStun(binding(StunClass.request, request.transactionId), attributes, { key, crypto });
}

function binding(messageClass: StunClass, transactionId: Uint8Array): StunHead {
  return { class: messageClass, method: StunMethod.binding, transactionId };
}

/** With FINGERPRINT, and behind MESSAGE-INTEGRITY where there is a key. Source: RFC 8489 5, 14.5, 14.7. */
export function serializeStun(head: StunHead, attributes: readonly StunAttributeValue[], integrity?: StunIntegrity): Uint8Array {
  const body = new ByteWriter();
  for (const [type, value] of attributes) {
    body
      .u16(type)
      .u16(value.length)
      .bytes(value)
      .bytes(new Uint8Array((4 - (value.length % 4)) % 4));
  }
  const integrityAt = STUN_HEADER_BYTES + body.position;
  const fingerprintAt = integrityAt + (integrity === undefined ? 0 : ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES);
  const end = fingerprintAt + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES;
  const writer = new ByteWriter()
    .u16(typeOf(head))
    .u16(end - STUN_HEADER_BYTES)
    .u32(STUN_MAGIC_COOKIE)
    .bytes(head.transactionId)
    .bytes(body.finish());
  if (integrity !== undefined) writer.u16(StunAttribute.messageIntegrity).u16(INTEGRITY_BYTES).bytes(new Uint8Array(INTEGRITY_BYTES));
  const bytes = writer.u16(StunAttribute.fingerprint).u16(FINGERPRINT_BYTES).u32(0).finish();
  if (integrity !== undefined)
    bytes.set(integrityOf(bytes, integrityAt, integrity.key, integrity.crypto), integrityAt + ATTRIBUTE_HEADER_BYTES);
  const check = (crc32(bytes.subarray(0, fingerprintAt)) ^ FINGERPRINT_XOR) >>> 0;
  bytes.set(new ByteWriter().u32(check).finish(), fingerprintAt + ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

/** Class and method share 14 bits. Source: RFC 8489 5. */
function typeOf({ class: messageClass, method }: StunHead): number {
  return (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) | ((messageClass & 1) << 4) | ((messageClass & 2) << 7);
}
