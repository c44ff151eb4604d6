import { ByteWriter, bytesFromUtf8 } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { crc32 } from './crc32.ts';
import { INTEGRITY_BYTES, integrityOf } from './integrity.ts';
import { ipBytes } from './ip-bytes.ts';
import { STUN_HEADER_BYTES, STUN_MAGIC_COOKIE, StunAttribute, StunClass, StunMethod } from './stun-message.ts';

const FINGERPRINT_XOR = 0x5354_554e;
const FINGERPRINT_BYTES = 4;
const ATTRIBUTE_HEADER_BYTES = 4;

interface Head {
  readonly class: StunClass;
  readonly transactionId: Uint8Array;
}

/** A binding response: where we see the peer. Source: RFC 8489 14.2; RFC 8445 7.3.1.2. */
export function serializeBindingSuccess(
  { transactionId, address, port }: { readonly transactionId: Uint8Array; readonly address: string; readonly port: number },
  key: Uint8Array,
  crypto: CryptoPort,
): Uint8Array {
  const ip = ipBytes(address);
  const mapped = new Uint8Array(4 + ip.length);
  mapped[1] = ip.length === 4 ? 1 : 2;
  mapped[2] = (port >>> 8) ^ (STUN_MAGIC_COOKIE >>> 24);
  mapped[3] = (port & 0xff) ^ ((STUN_MAGIC_COOKIE >>> 16) & 0xff);
  const mask = new ByteWriter().u32(STUN_MAGIC_COOKIE).bytes(transactionId).finish();
  for (let i = 0; i < ip.length; i++) mapped[4 + i] = ip[i]! ^ mask[i]!;
  return finish({ class: StunClass.success, transactionId }, [[StunAttribute.xorMappedAddress, mapped]], key, crypto);
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
  return finish({ class: StunClass.error, transactionId }, [[StunAttribute.errorCode, value]], key, crypto);
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
  return finish({ class: StunClass.request, transactionId: request.transactionId }, attributes, key, crypto);
}

function finish(head: Head, attributes: readonly (readonly [number, Uint8Array])[], key: Uint8Array, crypto: CryptoPort): Uint8Array {
  const body = new ByteWriter();
  for (const [type, value] of attributes) {
    body
      .u16(type)
      .u16(value.length)
      .bytes(value)
      .bytes(new Uint8Array((4 - (value.length % 4)) % 4));
  }
  const integrityAt = STUN_HEADER_BYTES + body.position;
  const fingerprintAt = integrityAt + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES;
  const end = fingerprintAt + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES;
  const type = StunMethod.binding | ((head.class & 1) << 4) | ((head.class & 2) << 7);
  const bytes = new ByteWriter()
    .u16(type)
    .u16(end - STUN_HEADER_BYTES)
    .u32(STUN_MAGIC_COOKIE)
    .bytes(head.transactionId)
    .bytes(body.finish())
    .u16(StunAttribute.messageIntegrity)
    .u16(INTEGRITY_BYTES)
    .bytes(new Uint8Array(INTEGRITY_BYTES))
    .u16(StunAttribute.fingerprint)
    .u16(FINGERPRINT_BYTES)
    .u32(0)
    .finish();
  bytes.set(integrityOf(bytes, integrityAt, key, crypto), integrityAt + ATTRIBUTE_HEADER_BYTES);
  const check = (crc32(bytes.subarray(0, fingerprintAt)) ^ FINGERPRINT_XOR) >>> 0;
  bytes.set(new ByteWriter().u32(check).finish(), fingerprintAt + ATTRIBUTE_HEADER_BYTES);
  return bytes;
}
