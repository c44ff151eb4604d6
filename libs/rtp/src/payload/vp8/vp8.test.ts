import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import type { WireCase } from '../wire.cases.ts';
import { Vp8Depacketizer } from './depacketizer.ts';
import { Vp8Packetizer } from './packetizer.ts';

const CASES: readonly WireCase[] = [
  { name: 'a frame in one packet', maxPayloadBytes: 64, unit: ['10 aa*62'], packets: ['10 10 aa*62'] },
  { name: 'a frame in three', maxPayloadBytes: 64, unit: ['10 aa*129'], packets: ['10 10 aa*62', '00 aa*63', '00 aa*4'] },
];

const FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets'>[] = [
  { name: 'a picture id of 7 bits', packets: ['90 80 11 aabb'], unit: ['aabb'] },
  { name: 'a picture id of 15 bits', packets: ['90 80 9122 aabb'], unit: ['aabb'] },
  { name: 'all fields', packets: ['90 f0 9122 33 44 aabb'], unit: ['aabb'] },
  { name: 'partitions', packets: ['10 aa', '11 bb', '01 cc'], unit: ['aabbcc'] },
];

describe('VP8 over RTP', () => {
  test.each(CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new Vp8Packetizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([...CASES, ...FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new Vp8Depacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('a change of timestamp ends a frame', () => {
    const packets = [...rtpPackets([bytes('10 aa')], 1, [false]), ...rtpPackets([bytes('10 bb')], 2)];
    expect(depacketize(new Vp8Depacketizer(), packets).map((unit) => unit.timestamp)).toEqual([1, 2]);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 3000, payload: [filled('10', 250, i)] }));
    expectLossOfEachPacket(
      () => new Vp8Packetizer(100),
      () => new Vp8Depacketizer(),
      units,
    );
  });

  test.each(['90', '90 80', '90 80 80', '90 40', '90 20'])('a descriptor truncated to %s is malformed', (payload) => {
    expect(() => depacketize(new Vp8Depacketizer(), rtpPackets([bytes(payload)], 1))).toThrow(ParseError);
  });
});
