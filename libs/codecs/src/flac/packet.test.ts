import { ParseError, bytesFromHex } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { unitDurationTicks } from '../unit-duration.ts';
import { FlacPacketizer, flacBlockSize, flacFrameOf } from './packet.ts';

const FRAME = bytesFromHex('fff8c9080000112233');

describe('packets', () => {
  test('hold a frame each, and are numbered', () => {
    const packetizer = new FlacPacketizer(96);
    const packets = [packetizer.packet(FRAME, 2 ** 32 + 5), packetizer.packet(FRAME, 4_101)];
    expect(packets.map((packet) => packet.subarray(0, 12))).toEqual([
      bytesFromHex('80e000000000000500000000'),
      bytesFromHex('80e000010000100500000000'),
    ]);
    expect(packets.map(flacFrameOf)).toEqual([FRAME, FRAME]);
  });

  test.each([
    ['with sources', '81e000000000000500000000 00000001'],
    ['with an extension', '90e000000000000500000000 bede0001 00000000'],
    ['with both', '91e000000000000500000000 00000001 bede0001 00000000'],
  ])('%s', (_, header) => {
    const bytes = bytesFromHex(header.replaceAll(' ', ''));
    expect(flacFrameOf(Uint8Array.of(...bytes, ...FRAME))).toEqual(FRAME);
  });

  test('with padding', () => {
    expect(flacFrameOf(Uint8Array.of(...bytesFromHex('a0e000000000000500000000'), ...FRAME, 0, 0, 3))).toEqual(FRAME);
  });

  test.each(['', '80', '80e000000000000500000000', '90e000000000000500000000bedeffff00', 'a0e00000000000050000000001ff'])(
    '%s have no frame',
    (hex) => {
      expect(() => flacFrameOf(bytesFromHex(hex))).toThrow(ParseError);
    },
  );
});

test.each([
  ['fff81908', 192],
  ['fff82908', 576],
  ['fff85908', 4_608],
  ['fff8c90800', 4_096],
  ['fff8f908', 32_768],
  ['fff8690800ff', 256],
  ['fff8790800 0fff', 4_096],
  ['fff87908c280 0fff', 4_096],
  ['fff97908e18080 0fff', 4_096],
  ['fff80908', undefined],
  ['fff8690800', undefined],
  ['fff8790800ff', undefined],
  ['00f8c908', undefined],
  ['', undefined],
])('a frame %s has %s samples', (hex, samples) => {
  expect(flacBlockSize(bytesFromHex(hex.replaceAll(' ', '')))).toBe(samples);
});

test('a packet lasts as long as its frame', () => {
  const parameters = { rtpMap: 'flac/48000', fmtp: {}, payloadType: 96, mediaType: 'audio' } as const;
  const track = { codec: 'FLAC', parameters, clockRateHz: 48_000 } as const;
  expect(unitDurationTicks(track, [new FlacPacketizer(96).packet(FRAME, 0)])).toBe(4_096);
});
