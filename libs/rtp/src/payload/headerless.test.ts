import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { HeaderlessPacketizer } from './headerless-packetizer.ts';
import { KlvDepacketizer } from './klv/depacketizer.ts';
import { LatmDepacketizer } from './latm/depacketizer.ts';
import { MAX_ACCESS_UNIT_BYTES, MAX_FRAGMENTS } from './limits.ts';
import { Mpeg4VideoDepacketizer } from './mpeg4-video/depacketizer.ts';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from './wire.cases.ts';
import type { WireCase } from './wire.cases.ts';

const KLV_KEY = '060e2b34';
const CODECS = [
  { codec: 'MPEG-4 video', start: '000001b6', newDepacketizer: () => new Mpeg4VideoDepacketizer() },
  { codec: 'KLV', start: KLV_KEY, newDepacketizer: () => new KlvDepacketizer() },
  { codec: 'LATM', start: '47fc0000', newDepacketizer: () => latmBehindWholeElement() },
];

/** Nothing marks where an element starts, so that fragments are only read behind a marker. */
function latmBehindWholeElement(): LatmDepacketizer {
  const depacketizer = new LatmDepacketizer();
  depacketize(depacketizer, rtpPackets([bytes('00')], 0));
  return depacketizer;
}

describe.each(CODECS)('$codec over RTP', ({ start, newDepacketizer }) => {
  const cases: readonly WireCase[] = [
    { name: 'one packet', maxPayloadBytes: 64, unit: [`${start} aa*60`], packets: [`${start} aa*60`] },
    { name: 'two packets', maxPayloadBytes: 64, unit: [`${start} aa*61`], packets: [`${start} aa*60`, 'aa'] },
  ];

  test.each(cases)('$name', (wire) => {
    expectPackets(packetize(new HeaderlessPacketizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
    expectUnit(depacketize(newDepacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('a change of timestamp ends a unit', () => {
    const packets = [1, 2, 3].flatMap((timestamp) => rtpPackets([bytes(start)], timestamp, [false]));
    expect(depacketize(newDepacketizer(), packets).map((unit) => unit.timestamp)).toEqual([1, 2]);
  });

  test('limits', () => {
    const whole = filled(start, MAX_ACCESS_UNIT_BYTES);
    expect(depacketize(newDepacketizer(), rtpPackets([whole], 1))).toHaveLength(1);
    const depacketizer = newDepacketizer();
    expect(() => depacketize(depacketizer, rtpPackets([whole, bytes('00')], 1))).toThrow(ParseError);
    expect(depacketize(depacketizer, rtpPackets([bytes(start)], 2))).toHaveLength(1);
    const many = (count: number) => rtpPackets([bytes(start), ...Array.from({ length: count - 1 }, () => bytes('00'))], 1);
    expect(depacketize(newDepacketizer(), many(MAX_FRAGMENTS))).toHaveLength(1);
    expect(() => depacketize(newDepacketizer(), many(MAX_FRAGMENTS + 1))).toThrow(ParseError);
  });
});

test.each(CODECS.filter(({ codec }) => codec !== 'LATM'))(
  'loss of each packet of $codec drops its unit only',
  ({ start, newDepacketizer }) => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 3000, payload: [filled(start, 250, i)] }));
    expectLossOfEachPacket(() => new HeaderlessPacketizer(100), newDepacketizer, units);
  },
);

describe('LATM after a loss', () => {
  const element = bytes('47fc0000');

  test('elements of one packet are read on at once', () => {
    const depacketizer = new LatmDepacketizer();
    depacketize(depacketizer, rtpPackets([element], 1));
    depacketizer.reset();
    expect(depacketize(depacketizer, rtpPackets([element], 3))).toHaveLength(1);
  });

  test('a stream with fragments is read on behind the next marker, or the next change of timestamp', () => {
    const depacketizer = new LatmDepacketizer();
    depacketize(depacketizer, rtpPackets([element, element], 1));
    depacketizer.reset();
    expect(depacketize(depacketizer, rtpPackets([element], 2))).toEqual([]);
    expect(depacketize(depacketizer, rtpPackets([element, element], 3))).toHaveLength(1);
    depacketizer.reset();
    expect(depacketize(depacketizer, rtpPackets([element, element], 4, [false, false]))).toEqual([]);
    expect(depacketize(depacketizer, rtpPackets([element, element], 5))).toHaveLength(1);
  });
});
