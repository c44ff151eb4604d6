import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_NAL_UNITS } from '../limits.ts';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import { H265Depacketizer } from './depacketizer.ts';
import { H265_CASES, H265_DON_CASES, H265_FOREIGN_CASES } from './h265.cases.ts';
import { H265Packetizer } from './packetizer.ts';

describe('H.265 over RTP', () => {
  test.each(H265_CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new H265Packetizer(wire.maxPayloadBytes, 0), wire.unit.map(bytes), 1), wire);
  });

  test.each([...H265_CASES, ...H265_FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new H265Depacketizer(0), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test.each(H265_DON_CASES)('packetizes and depacketizes $name', (wire) => {
    expectPackets(packetize(new H265Packetizer(wire.maxPayloadBytes, 1), wire.unit.map(bytes), 1), wire);
    expectUnit(depacketize(new H265Depacketizer(1), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test.each([0, 1])('loss of each packet drops its unit only, maxDonDiff %i', (maxDonDiff) => {
    const key = (seed: number) => [
      filled('4001', 20, seed),
      filled('4201', 30, seed),
      filled('4401', 8, seed),
      filled('260188', 400, seed),
    ];
    const units = [0, 1, 2, 3, 4, 5].map((i) => ({
      timestamp: i * 3000,
      payload: i % 2 === 0 ? key(i) : [filled('020190', 300, i), filled('020110', 50, i)],
    }));
    expectLossOfEachPacket(
      () => new H265Packetizer(100, maxDonDiff),
      () => new H265Depacketizer(maxDonDiff),
      units,
    );
  });

  test.each([
    ['a truncated header', 0, ['26']],
    ['a fragment without its first', 0, ['260188', '6201 13 11']],
    ['a fragment without its last', 0, ['6201 93 88', '260188']],
    ['a second first fragment', 0, ['6201 93 88', '6201 93 88']],
    ['a truncated aggregate size', 0, ['6001 0003 400111 00']],
    ['an aggregated NAL unit beyond its packet', 0, ['6001 0003 400111 0004 420122']],
    ['PACI', 0, ['6401 0000 11']],
    ['a single NAL unit without its decoding order number', 1, ['2601 00']],
    ['a first fragment without its decoding order number', 1, ['6201 93 00']],
  ])('%s is malformed, and the next unit is read', (_, maxDonDiff, payloads) => {
    const depacketizer = new H265Depacketizer(maxDonDiff);
    const good = maxDonDiff > 0 ? '2601 0000 88' : '2601 88';
    depacketize(depacketizer, rtpPackets([bytes(good)], 0));
    // where the gate is open, whatever starts the unit
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expectUnit(depacketize(depacketizer, rtpPackets([bytes(good)], 2)), { unit: ['260188'] });
  });

  test('limits', () => {
    const nalUnits = (count: number) =>
      rtpPackets(
        Array.from({ length: count }, () => bytes('260188')),
        1,
      );
    expect(depacketize(new H265Depacketizer(0), nalUnits(MAX_NAL_UNITS))[0]!.payload).toHaveLength(MAX_NAL_UNITS);
    expect(() => depacketize(new H265Depacketizer(0), nalUnits(MAX_NAL_UNITS + 1))).toThrow(ParseError);
  });
});
