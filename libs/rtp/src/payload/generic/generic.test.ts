import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { expect, test } from 'vitest';
import { parseRtpPacket } from '../../packet.ts';
import { PayloadTooLargeError } from '../../packetizer.ts';
import { bytes, newSender, packetize } from '../wire.cases.ts';
import { GenericDepacketizer } from './depacketizer.ts';
import { GenericPacketizer } from './packetizer.ts';

test('a packet is a unit, and is sent on under new numbers with its marker', () => {
  const original = bytesFromHex('80e1000500000064000000070102030405');
  const [unit] = new GenericDepacketizer().push(parseRtpPacket(original));
  expect(unit!.timestamp).toBe(100);
  expect(hexFromBytes(unit!.payload[0]!)).toBe(hexFromBytes(original));
  const [sent] = packetize(new GenericPacketizer(64), unit!.payload, 0x1_0000_0001);
  expect(sent).toMatchObject({
    marker: true,
    payloadType: 96,
    sequenceNumber: newSender().sequenceNumber,
    timestamp: 1,
    ssrc: newSender().ssrc,
  });
  expect(hexFromBytes(sent!.payload)).toBe('0102030405');
});

test('CSRCs, extension and padding are dropped', () => {
  const original = bytesFromHex('b1610005000000640000000700000009bede0001112233440102030003');
  const [unit] = new GenericDepacketizer().push(parseRtpPacket(original));
  expect(hexFromBytes(unit!.payload[0]!)).toBe('8061000500000064000000070102');
});

test('what is too large, or no RTP packet, is refused', () => {
  const packet = (size: number) => bytes(`8061000500000064 00000007 aa*${size}`);
  expect(packetize(new GenericPacketizer(64), [packet(64)], 1)).toHaveLength(1);
  expect(() => packetize(new GenericPacketizer(64), [packet(65)], 1)).toThrow(PayloadTooLargeError);
  expect(() => packetize(new GenericPacketizer(64), [bytes('40')], 1)).toThrow(ParseError);
});
