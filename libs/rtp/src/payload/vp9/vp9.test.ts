import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import type { WireCase } from '../wire.cases.ts';
import { Vp9Depacketizer } from './depacketizer.ts';
import { Vp9Packetizer } from './packetizer.ts';

/** A key frame of profile 0, 320 x 180. */
const KEY = '82 498342 00 13f0 0b30';
const INTER = '86 00';

const CASES: readonly WireCase[] = [
  {
    name: 'a key frame, with the scalability structure in its first packet',
    maxPayloadBytes: 64,
    unit: [`${KEY} aa*80`],
    packets: [`8a 8000 18 0140 00b4 01 04 01 ${KEY} aa*44`, '84 8000 aa*36'],
  },
  { name: 'what is no VP9 frame', maxPayloadBytes: 64, unit: ['00'], packets: ['cc 8000 00'] },
  { name: 'an inter frame', maxPayloadBytes: 64, unit: [`${INTER} bb*20`], packets: [`cc 8000 ${INTER} bb*20`] },
];

const FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets'>[] = [
  { name: 'no picture id', packets: ['0c aabb'], unit: ['aabb'] },
  { name: 'a picture id of 7 bits', packets: ['8c 11 aabb'], unit: ['aabb'] },
  { name: 'layers in non-flexible mode', packets: ['ac 11 20 05 aabb'], unit: ['aabb'] },
  { name: 'flexible mode with references', packets: ['fc 9122 20 03 05 06 aabb'], unit: ['aabb'] },
  { name: 'two spatial layers of a picture', packets: ['bc 11 00 aa', 'bc 11 02 bb'], unit: ['aabb'] },
  { name: 'a scalability structure with sizes and a group', packets: ['0e 38 01400168 028002d0 02 04 01 08 01 02 aabb'], unit: ['aabb'] },
];

describe('VP9 over RTP', () => {
  test.each(CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new Vp9Packetizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([...CASES, ...FOREIGN_CASES])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new Vp9Depacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('picture ids count up', () => {
    const packetizer = new Vp9Packetizer(64);
    const ids = [0, 1, 2].map(() => packetize(packetizer, [bytes(`${INTER} bb*20`)], 1)[0]!.payload.subarray(1, 3));
    expect(ids).toEqual([bytes('8000'), bytes('8001'), bytes('8002')]);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3, 4, 5].map((i) => ({ timestamp: i * 3000, payload: [filled(i % 2 === 0 ? KEY : INTER, 250, i)] }));
    expectLossOfEachPacket(
      () => new Vp9Packetizer(100),
      () => new Vp9Depacketizer(),
      units,
    );
  });

  test.each(['80', '80 80', 'a0 11', 'a0 11 00', '50', '50 03', '50 03 05 07', '02', '02 10 0140', '02 08', '02 08 02', '02 08 01 0c 01'])(
    'a descriptor truncated to %s is malformed',
    (payload) => {
      expect(() => depacketize(new Vp9Depacketizer(), rtpPackets([bytes(payload)], 1))).toThrow(ParseError);
    },
  );
});
