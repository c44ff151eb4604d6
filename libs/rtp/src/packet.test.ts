import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { expect, test } from 'vitest';
import { parseRtpPacket, serializeRtpPacket } from './packet.ts';

const FIELDS = { marker: true, payloadType: 96, sequenceNumber: 0xfffe, timestamp: 0xdeadbeef, ssrc: 0x89abcdef };

test.each([
  ['a plain packet', '80e0fffedeadbeef89abcdef', '0102'],
  ['no payload', '80e0fffedeadbeef89abcdef', ''],
])('%s is parsed and serialized', (_, header, payload) => {
  const packet = parseRtpPacket(bytesFromHex(header + payload));
  expect({ ...packet, payload: hexFromBytes(packet.payload) }).toEqual({ ...FIELDS, payload });
  expect(hexFromBytes(serializeRtpPacket(packet))).toBe(header + payload);
});

test('CSRCs, extension and padding are dropped', () => {
  const packet = parseRtpPacket(bytesFromHex('b2e0fffedeadbeef89abcdef' + '0000000100000002' + 'bede000111223344' + '0102' + '0002'));
  expect({ ...packet, payload: hexFromBytes(packet.payload) }).toEqual({ ...FIELDS, payload: '0102' });
});

test.each([
  ['a truncated header', '80e0fffedeadbeef89abcd'],
  ['another version', '40e0fffedeadbeef89abcdef'],
  ['CSRCs beyond the packet', '81e0fffedeadbeef89abcdef000000'],
  ['a truncated extension header', '90e0fffedeadbeef89abcdefbede00'],
  ['an extension beyond the packet', '90e0fffedeadbeef89abcdefbede0001112233'],
  ['padding of 0', 'a0e0fffedeadbeef89abcdef0100'],
  ['padding beyond the payload', 'a0e0fffedeadbeef89abcdef0103'],
])('%s is malformed', (_, hex) => {
  expect(() => parseRtpPacket(bytesFromHex(hex))).toThrow(ParseError);
});
