import { ParseError, concatBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_ACCESS_UNIT_BYTES, MAX_OBUS } from '../limits.ts';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import { AV1_CASES, AV1_FOREIGN_CASES } from './av1.cases.ts';
import { Av1Depacketizer } from './depacketizer.ts';
import { Av1Packetizer } from './packetizer.ts';

describe('AV1 over RTP', () => {
  test.each(AV1_CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new Av1Packetizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([...AV1_CASES, ...AV1_FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new Av1Depacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('loss of each packet drops its unit only', () => {
    const units = [0, 1, 2, 3, 4, 5].map((i) => ({
      timestamp: i * 3000,
      payload: i % 2 === 0 ? [filled('08', 12, i), filled('30', 300, i)] : [filled('30', 150, i), filled('20', 120, i)],
    }));
    expectLossOfEachPacket(
      () => new Av1Packetizer(100),
      () => new Av1Depacketizer(),
      units,
    );
  });

  test.each([
    ['an element beyond its packet', ['20 05 3011 3022']],
    ['a truncated length', ['20 80']],
    ['a length of more than 32 bits', ['20 ffffffffff01 3011']],
    ['a fragment without its first', ['10 3011', '90 11']],
    ['a fragment without its last', ['50 3011', '10 3011']],
    ['a size field beyond its element', ['10 3205aabb']],
  ])('%s is malformed, and the next unit is read', (_, payloads) => {
    const depacketizer = new Av1Depacketizer();
    depacketize(depacketizer, rtpPackets([bytes('10 3011')], 0));
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expectUnit(depacketize(depacketizer, rtpPackets([bytes('10 3022')], 2)), { unit: ['3022'] });
  });

  test('limits', () => {
    const obus = (count: number) => [concatBytes([bytes('00'), ...Array.from({ length: count }, () => bytes('02 3011'))])];
    expect(depacketize(new Av1Depacketizer(), rtpPackets(obus(MAX_OBUS), 1))[0]!.payload).toHaveLength(MAX_OBUS);
    expect(() => depacketize(new Av1Depacketizer(), rtpPackets(obus(MAX_OBUS + 1), 1))).toThrow(ParseError);
    const first = filled('50 30', MAX_ACCESS_UNIT_BYTES);
    expect(depacketize(new Av1Depacketizer(), rtpPackets([first, bytes('90 11')], 1))).toHaveLength(1);
    expect(() => depacketize(new Av1Depacketizer(), rtpPackets([first, bytes('90 1111')], 1))).toThrow(ParseError);
  });
});
