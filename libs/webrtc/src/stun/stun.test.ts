import { ByteWriter, ParseError, bytesFromHex, bytesFromUtf8, copyBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { crc32 } from '../crc32.ts';
import { hasIntegrity } from './integrity.ts';
import { ipBytes } from './ip-bytes.ts';
import { MAX_STUN_ATTRIBUTES, MAX_STUN_USERNAME_BYTES, STUN_MAGIC_COOKIE, StunClass, isStun, parseStunMessage } from './stun-message.ts';
import { serializeBindingError, serializeBindingRequest, serializeBindingSuccess } from './stun-writer.ts';
import { RFC_5769_PASSWORD, RFC_5769_REQUEST, RFC_5769_USERNAME } from './stun.cases.ts';

const KEY = bytesFromUtf8(RFC_5769_PASSWORD);
const TRANSACTION = bytesFromHex('b7e7a701bc34d686fa87dfae');

/** A request with these attributes, without integrity. */
function withAttributes(...attributes: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const body = new ByteWriter();
  for (const [type, value] of attributes) {
    body.u16(type).u16(value.length).bytes(value);
    body.bytes(new Uint8Array((4 - (value.length % 4)) % 4));
  }
  const bytes = body.finish();
  return new ByteWriter().u16(1).u16(bytes.length).u32(STUN_MAGIC_COOKIE).bytes(TRANSACTION).bytes(bytes).finish();
}

describe('STUN', () => {
  test("RFC 5769's request is read, and its integrity and fingerprint are right", () => {
    const message = parseStunMessage(RFC_5769_REQUEST);
    expect(message).toMatchObject({
      class: StunClass.request,
      method: 1,
      username: RFC_5769_USERNAME,
      priority: 0x6e0001ff,
      controlled: true,
      controlling: false,
      useCandidate: false,
    });
    expect(hasIntegrity(RFC_5769_REQUEST, message, KEY, nodeCrypto)).toBe(true);
    expect((crc32(RFC_5769_REQUEST.subarray(0, -8)) ^ 0x5354554e) >>> 0).toBe(0xe57a3bcf);
  });

  test('another password, and any changed byte before the integrity, is noticed', () => {
    expect(hasIntegrity(RFC_5769_REQUEST, parseStunMessage(RFC_5769_REQUEST), bytesFromUtf8('other'), nodeCrypto)).toBe(false);
    for (let at = 20; at < RFC_5769_REQUEST.length - 8; at++) {
      const changed = copyBytes(RFC_5769_REQUEST);
      changed[at]! ^= 1;
      let accepted = false;
      try {
        accepted = hasIntegrity(changed, parseStunMessage(changed), KEY, nodeCrypto);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
      expect(accepted, `byte ${at}`).toBe(false);
    }
  });

  test('truncated at any offset it is refused', () => {
    for (let end = 0; end < RFC_5769_REQUEST.length; end++) {
      expect(() => parseStunMessage(RFC_5769_REQUEST.subarray(0, end))).toThrow(ParseError);
    }
  });

  test('what is written is read again', () => {
    const request = serializeBindingRequest(
      {
        transactionId: TRANSACTION,
        username: 'a:bc',
        priority: 7,
        useCandidate: true,
        tieBreaker: new Uint8Array(8),
        role: 'controlling',
      },
      KEY,
      nodeCrypto,
    );
    const message = parseStunMessage(request);
    expect(message).toMatchObject({ class: StunClass.request, username: 'a:bc', priority: 7, useCandidate: true, controlling: true });
    expect(hasIntegrity(request, message, KEY, nodeCrypto)).toBe(true);
    const error = serializeBindingError({ transactionId: TRANSACTION, code: 487, reason: 'Role Conflict' }, KEY, nodeCrypto);
    expect(parseStunMessage(error).class).toBe(StunClass.error);
  });

  // RFC 5769 2.2 and 2.3: the mapped addresses of its responses.
  test.each([
    ['192.0.2.1', 'a147e112a643'],
    ['2001:db8:1234:5678:11:2233:4455:6677', 'a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
  ])('the mapped address %s is written as XOR of cookie and transaction', (address, expected) => {
    const response = serializeBindingSuccess({ transactionId: TRANSACTION, address, port: 32_853 }, KEY, nodeCrypto);
    expect(parseStunMessage(response).class).toBe(StunClass.success);
    const value = response.subarray(26, 26 + expected.length / 2);
    expect(value).toEqual(bytesFromHex(expected));
  });

  test('limits: user name and number of attributes, at the limit and one past it', () => {
    const name = (length: number): Uint8Array => withAttributes([0x0006, new Uint8Array(length).fill(65)]);
    expect(parseStunMessage(name(MAX_STUN_USERNAME_BYTES)).username).toHaveLength(MAX_STUN_USERNAME_BYTES);
    expect(() => parseStunMessage(name(MAX_STUN_USERNAME_BYTES + 1))).toThrow(/user name/);
    const many = (count: number) => withAttributes(...Array.from({ length: count }, () => [0x8022, new Uint8Array(0)] as const));
    expect(parseStunMessage(many(MAX_STUN_ATTRIBUTES)).method).toBe(1);
    expect(() => parseStunMessage(many(MAX_STUN_ATTRIBUTES + 1))).toThrow(/attributes/);
  });

  test('attributes behind the integrity say nothing', () => {
    const useCandidate = withAttributes([0x0008, new Uint8Array(20)], [0x0025, new Uint8Array(0)]);
    expect(parseStunMessage(useCandidate).useCandidate).toBe(false);
  });

  test('DTLS, RTP and short datagrams are no STUN', () => {
    for (const first of [20, 63, 128, 191]) expect(isStun(new Uint8Array(40).fill(first))).toBe(false);
    expect(isStun(new Uint8Array(19))).toBe(false);
  });

  test.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::1:2', 'fe800000000000000000000000010002'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
    ['10.0.0.255', '0a0000ff'],
  ])('the bytes of %s', (text, expected) => {
    expect(ipBytes(text)).toEqual(bytesFromHex(expected));
  });

  test.each(['', '1.2.3', '1.2.3.256', '1:2', '::g', '1:2:3:4:5:6:7:8:9'])('%j is no address', (text) => {
    expect(() => ipBytes(text)).toThrow(RangeError);
  });
});
