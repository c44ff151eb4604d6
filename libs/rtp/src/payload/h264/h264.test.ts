import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_ACCESS_UNIT_BYTES, MAX_NAL_UNITS } from '../limits.ts';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import { H264Depacketizer } from './depacketizer.ts';
import { H264_CASES, H264_FOREIGN_CASES } from './h264.cases.ts';
import { H264Packetizer } from './packetizer.ts';

describe('H.264 over RTP', () => {
  test.each(H264_CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new H264Packetizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([...H264_CASES, ...H264_FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new H264Depacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('a change of timestamp ends a unit', () => {
    const packets = [
      ...rtpPackets([bytes('6588')], 1, [false]),
      ...rtpPackets([bytes('4199')], 2, [false]),
      ...rtpPackets([bytes('419a')], 3),
    ];
    const units = depacketize(new H264Depacketizer(), packets);
    expect(units.map((unit) => unit.timestamp)).toEqual([1, 2, 3]);
  });

  test('loss of each packet drops its unit only', () => {
    const key = (seed: number) => [filled('6742', 20, seed), filled('68ce', 8, seed), filled('6588', 400, seed)];
    const units = [0, 1, 2, 3, 4, 5].map((i) => ({
      timestamp: i * 3000,
      payload: i % 2 === 0 ? key(i) : [filled('419a', 300, i), filled('4120', 50, i)],
    }));
    expectLossOfEachPacket(
      () => new H264Packetizer(100),
      () => new H264Depacketizer(),
      units,
    );
  });

  test('a first packet that starts no access unit is skipped with its unit', () => {
    const depacketizer = new H264Depacketizer();
    expect(depacketize(depacketizer, rtpPackets([bytes('7c 05 11'), bytes('7c 45 11')], 1))).toEqual([]);
    expectUnit(depacketize(depacketizer, rtpPackets([bytes('6588')], 2)), { unit: ['6588'] });
  });

  test.each([
    ['a fragment without its first', ['6588', '7c 05 11']],
    ['a fragment without its last', ['7c 85 88', '6588']],
    ['a second first fragment', ['7c 85 88', '7c 85 88']],
    ['a truncated fragment', ['7c']],
    ['a truncated aggregate size', ['78 0002 6742 00']],
    ['an aggregated NAL unit beyond its packet', ['78 0002 6742 0003 6811']],
    ['STAP-B', ['79 0000 0002 6742']],
    ['FU-B', ['7d 85 0000 11']],
  ])('%s is malformed, and the next unit is read', (_, payloads) => {
    const depacketizer = new H264Depacketizer();
    depacketize(depacketizer, rtpPackets([bytes('6588')], 0));
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expectUnit(depacketize(depacketizer, rtpPackets([bytes('6588')], 2)), { unit: ['6588'] });
  });

  test.each([true, false])('a unit whose last fragment never comes is dropped, marker %s', (marker) => {
    const depacketizer = new H264Depacketizer();
    const cut = rtpPackets([bytes('6588'), bytes('7c 81 88')], 1, [false, marker]);
    expect(depacketize(depacketizer, cut)).toEqual([]);
    expectUnit(depacketize(depacketizer, rtpPackets([bytes('6588')], 2)), { unit: ['6588'] });
  });

  test('limits', () => {
    const nalUnits = (count: number) =>
      rtpPackets(
        Array.from({ length: count }, () => bytes('6588')),
        1,
      );
    expect(depacketize(new H264Depacketizer(), nalUnits(MAX_NAL_UNITS))[0]!.payload).toHaveLength(MAX_NAL_UNITS);
    expect(() => depacketize(new H264Depacketizer(), nalUnits(MAX_NAL_UNITS + 1))).toThrow(ParseError);
    const half = filled('6588', MAX_ACCESS_UNIT_BYTES / 2);
    expect(depacketize(new H264Depacketizer(), rtpPackets([half, half], 1))).toHaveLength(1);
    expect(() => depacketize(new H264Depacketizer(), rtpPackets([half, half, bytes('65')], 1))).toThrow(ParseError);
  });
});
