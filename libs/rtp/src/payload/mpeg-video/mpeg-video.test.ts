import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { bytes, depacketize, expectLossOfEachPacket, expectPackets, expectUnit, filled, packetize, rtpPackets } from '../wire.cases.ts';
import type { WireCase } from '../wire.cases.ts';
import { MpegVideoDepacketizer } from './depacketizer.ts';
import { MpegVideoPacketizer } from './packetizer.ts';

const SEQUENCE = '000001b3 14012013';
/** Temporal reference 5; I, P with forward code 3, and B with forward code 3 and backward code 2. */
const PICTURE_I = '00000100 014ffff8';
const PICTURE_P = '00000100 0157fff9 80';
const PICTURE_B = '00000100 015ffff9 90';

const CASES: readonly WireCase[] = [
  {
    name: 'an intra frame with its sequence header',
    maxPayloadBytes: 64,
    unit: [`${SEQUENCE} ${PICTURE_I} 00000101 aa*8`],
    packets: [`0005 39 00 ${SEQUENCE} ${PICTURE_I} 00000101 aa*8`],
  },
  {
    name: 'a predicted frame, slices that fit together',
    maxPayloadBytes: 64,
    unit: [`${PICTURE_P} 00000101 aa*20 00000102 bb*20 00000103 cc*20`],
    packets: [`0005 1a 03 ${PICTURE_P} 00000101 aa*20 00000102 bb*20`, '0005 1a 03 00000103 cc*20'],
  },
  {
    name: 'a bidirectional frame with a slice in fragments',
    maxPayloadBytes: 64,
    unit: [`${PICTURE_B} 00000101 aa*4 00000102 bb*110`],
    packets: [`0005 1b 23 ${PICTURE_B} 00000101 aa*4`, '0005 13 23 00000102 bb*56', '0005 0b 23 bb*54'],
  },
];

describe('MPEG-1/2 video over RTP', () => {
  test.each(CASES)('packetizes $name', (wire) => {
    expectPackets(packetize(new MpegVideoPacketizer(wire.maxPayloadBytes), wire.unit.map(bytes), 1), wire);
  });

  test.each([
    ...CASES,
    { name: 'an MPEG-2 header', packets: [`0405 1900 00000000 ${PICTURE_I} 00000101 aa`], unit: [`${PICTURE_I} 00000101 aa`] },
  ])('depacketizes $name', (wire) => {
    expectUnit(depacketize(new MpegVideoDepacketizer(), rtpPackets(wire.packets.map(bytes), 1)), wire);
  });

  test('loss of each packet drops its frame only', () => {
    const units = [0, 1, 2, 3, 4, 5].map((i) => ({
      timestamp: i * 3000,
      payload: [filled(`${i % 2 === 0 ? SEQUENCE : ''} ${PICTURE_I} 00000101`, 250, i)],
    }));
    expectLossOfEachPacket(
      () => new MpegVideoPacketizer(100),
      () => new MpegVideoDepacketizer(),
      units,
    );
  });

  test.each(['000019', '0405 1900 000000', '0405 1900 40000000 00000100', '0405 1900 00000001 00000100'])('%s is malformed', (payload) => {
    expect(() => depacketize(new MpegVideoDepacketizer(), rtpPackets([bytes(payload)], 1))).toThrow(ParseError);
  });
});
