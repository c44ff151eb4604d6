import { ByteReader, ParseError, bytesFromHex, bytesFromUtf8 } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_COOKIE_BYTES, MAX_SACK_GAPS, parseSctpChunk, serializeSctpChunk } from './chunks.ts';
import { crc32c } from '../crc32.ts';
import { MAX_LABEL_BYTES, parseDataChannelMessage, serializeDataChannelAck, serializeDataChannelOpen } from './data-channel-message.ts';
import { parseSctpPacket, serializeSctpPacket } from './packet.ts';
import { SCTP_CASES, chunkBytes } from './sctp.cases.ts';

test('CRC32c of RFC 3720 B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(bytesFromUtf8('123456789'))).toBe(0xe3069283);
});

describe.each(SCTP_CASES)('$name', (packetCase) => {
  const { verificationTag, chunks } = packetCase;
  const packet = serializeSctpPacket(verificationTag, chunks);

  test('is written', () => {
    expect(packet.subarray(12)).toEqual(chunkBytes(packetCase));
  });

  test('is read', () => {
    expect(parseSctpPacket(packet)).toEqual({ verificationTag, chunks });
  });

  test('is refused when a bit of it is another', () => {
    for (let at = 0; at < packet.length; at++) {
      const broken = packet.slice();
      broken[at]! ^= 1;
      expect(() => parseSctpPacket(broken)).toThrow(ParseError);
    }
  });
});

test.each([
  ['a chunk of less than its header', '00000003'],
  ['a chunk that is truncated', '00000008 0000'],
  ['data of no bytes', '00030010 00000005 0001 0002 00000035'],
  ['INIT without a tag', '01000014 00000000 00010000 0002 0003 ffffffff'],
  ['INIT without streams', '01000014 00000001 00010000 0000 0003 ffffffff'],
  ['INIT ACK without a cookie', '02000014 00000001 00010000 0001 0003 ffffffff'],
  ['a gap that ends before it begins', '03000014 0000000c 00001234 0001 0000 0005 0004'],
  ['fewer gaps than it says', '03000010 0000000c 00001234 0001 0000'],
])('%s is refused', (_name, hex) => {
  expect(() => parseSctpChunk(new ByteReader(bytesFromHex(hex.replaceAll(' ', '')), 'test'))).toThrow(ParseError);
});

test(`a cookie may have ${MAX_COOKIE_BYTES} bytes`, () => {
  const init = { type: 'initAck', tag: 1, receiveWindow: 1, outboundStreams: 1, inboundStreams: 1, initialTsn: 1 } as const;
  const read = (bytes: number) =>
    parseSctpChunk(new ByteReader(serializeSctpChunk({ ...init, cookie: new Uint8Array(bytes).fill(1) }), 'test'));
  expect(read(MAX_COOKIE_BYTES)).toHaveProperty('cookie.length', MAX_COOKIE_BYTES);
  expect(() => read(MAX_COOKIE_BYTES + 1)).toThrow(ParseError);
});

test(`a SACK may have ${MAX_SACK_GAPS} gaps`, () => {
  const read = (count: number) => {
    const gaps = Array.from({ length: count }, (_, index) => ({ start: 2 + 2 * index, end: 2 + 2 * index }));
    return parseSctpChunk(new ByteReader(serializeSctpChunk({ type: 'sack', cumulativeTsn: 1, receiveWindow: 1, gaps }), 'test'));
  };
  expect(read(MAX_SACK_GAPS)).toHaveProperty('gaps.length', MAX_SACK_GAPS);
  expect(() => read(MAX_SACK_GAPS + 1)).toThrow(ParseError);
});

describe('chunks of other types', () => {
  const known = serializeSctpChunk({ type: 'cookieAck', value: new Uint8Array() });
  const typesBehind = (code: number): readonly string[] => {
    const chunks = new Uint8Array(8);
    chunks.set([code, 0, 0, 4]);
    chunks.set(known, 4);
    const packet = serializeSctpPacket(1, [{ type: 'abort', value: chunks.subarray(4) }]);
    packet.set(chunks, 12);
    new DataView(packet.buffer).setUint32(8, 0, true);
    new DataView(packet.buffer, packet.byteOffset).setUint32(8, crc32c(packet), true);
    return parseSctpPacket(packet).chunks.map(({ type }) => type);
  };

  test('are skipped when they say so', () => expect(typesBehind(0xc1)).toEqual(['cookieAck']));
  test('end the packet otherwise', () => expect(typesBehind(0x3f)).toEqual([]));
});

describe('messages of data channels', () => {
  const open = bytesFromHex('0380010000000000000300004b4c56');

  test('an opening', () => {
    expect(serializeDataChannelOpen({ label: 'KLV', ordered: false })).toEqual(open);
    expect(parseDataChannelMessage(open)).toEqual({ label: 'KLV', ordered: false });
    expect(parseDataChannelMessage(serializeDataChannelOpen({ label: '', ordered: true }))).toEqual({ label: '', ordered: true });
  });

  test('an acknowledgement', () => expect(parseDataChannelMessage(serializeDataChannelAck())).toBeUndefined());

  test(`names have up to ${MAX_LABEL_BYTES} bytes`, () => {
    const label = 'x'.repeat(MAX_LABEL_BYTES);
    expect(parseDataChannelMessage(serializeDataChannelOpen({ label, ordered: true }))).toEqual({ label, ordered: true });
    expect(() => parseDataChannelMessage(serializeDataChannelOpen({ label: `${label}x`, ordered: true }))).toThrow(ParseError);
  });

  test.each([Uint8Array.of(), Uint8Array.of(9), open.subarray(0, open.length - 1)])('%s is refused', (bytes) => {
    expect(() => parseDataChannelMessage(bytes)).toThrow(ParseError);
  });
});
