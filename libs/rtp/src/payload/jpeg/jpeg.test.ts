import { readFileSync } from 'node:fs';
import { ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { parseJpegImage } from '@mediamesh/codecs';
import { describe, expect, test } from 'vitest';
import { PayloadTooLargeError } from '../../packetizer.ts';
import { bytes, depacketize, expectLossOfEachPacket, filled, filler, packetize, rtpPackets } from '../wire.cases.ts';
import { JpegDepacketizer } from './depacketizer.ts';
import { serializeJpegImageHeader } from './image-header.ts';
import { JpegPacketizer } from './packetizer.ts';
import { quantizationTablesOf } from './quantization-tables.ts';
import { MAX_JPEG_PIXELS_A_SIDE, parseRtpJpegImage } from './rtp-image.ts';

const stored = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`testdata/${name}.jpg`, import.meta.url)));

function image(
  scanBytes: number,
  seed: number,
  change: Partial<{ restartInterval: number; width: number; height: number; wide: boolean }> = {},
): Uint8Array {
  const header = { fragmentOffset: 0, type: 1, quality: 255, width: 64, height: 48, restartInterval: 0, ...change };
  const tables = change.wide ? [filler(128, 3), filler(64, 4)] : quantizationTablesOf(60);
  return concatBytes([
    serializeJpegImageHeader(header, tables),
    filled('00', scanBytes, seed).map((byte) => byte & 0x7f),
    bytesFromHex('ffd9'),
  ]);
}

describe('JPEG over RTP', () => {
  test.each(['420', '422'])('an image of an encoder comes out with the same contents: %s', (name) => {
    const original = stored(name);
    const packets = packetize(new JpegPacketizer(400), [original], 9);
    expect(packets.length).toBeGreaterThan(2);
    const [unit] = depacketize(new JpegDepacketizer(), packets);
    const [wanted, got] = [parseRtpJpegImage(original), parseRtpJpegImage(unit!.payload[0]!)];
    expect({ ...got, tables: got.tables.map(hexFromBytes), scan: hexFromBytes(got.scan) }).toEqual({
      ...wanted,
      tables: wanted.tables.map(hexFromBytes),
      scan: hexFromBytes(wanted.scan),
    });
    expect(hexFromBytes(unit!.payload[0]!.subarray(-2))).toBe('ffd9');
  });

  test('headers of the packets', () => {
    const packets = packetize(new JpegPacketizer(200), [image(200, 1)], 1);
    expect(packets.map((packet) => hexFromBytes(packet.payload.subarray(0, 8)))).toEqual(['0000000001ff0806', '0000003c01ff0806']);
    expect(hexFromBytes(packets[0]!.payload.subarray(8, 12))).toBe('00000080');
    expect(packets.map((packet) => [packet.payload.length, packet.marker])).toEqual([
      [200, false],
      [148, true],
    ]);
  });

  test.each([
    ['restart markers', { restartInterval: 4 }],
    ['a table of 16 bits', { wide: true }],
    ['the largest size', { width: MAX_JPEG_PIXELS_A_SIDE, height: MAX_JPEG_PIXELS_A_SIDE }],
  ])('round trip with %s', (_, change) => {
    const original = image(1000, 2, change);
    const [unit] = depacketize(new JpegDepacketizer(), packetize(new JpegPacketizer(300), [original], 1));
    expect(hexFromBytes(unit!.payload[0]!)).toBe(hexFromBytes(original));
  });

  test('loss of each packet drops its image only', () => {
    const units = [0, 1, 2, 3].map((i) => ({ timestamp: i * 3000, payload: [image(500, i)] }));
    expectLossOfEachPacket(
      () => new JpegPacketizer(250),
      () => new JpegDepacketizer(),
      units,
    );
  });

  test('tables of a quality from 1 to 99 are computed', () => {
    const [unit] = depacketize(new JpegDepacketizer(), rtpPackets([bytes('00000000 01 32 08 06 1122')], 1));
    const { quantizationTables } = parseJpegImage(unit!.payload[0]!);
    // quality 50 is the tables of the JPEG specification, in zigzag order
    expect([...quantizationTables[0]!.values.subarray(0, 10)]).toEqual([16, 11, 12, 14, 12, 10, 16, 14, 13, 14]);
    expect([...quantizationTables[0]!.values.subarray(-4)]).toEqual([92, 101, 103, 99]);
    expect([...quantizationTables[1]!.values.subarray(0, 6)]).toEqual([17, 18, 18, 24, 21, 24]);
  });

  test('the tables of a quality from 128 to 254 are kept', () => {
    const depacketizer = new JpegDepacketizer();
    const tables = hexFromBytes(filler(128, 5));
    const [first] = depacketize(depacketizer, rtpPackets([bytes(`00000000 01 80 08 06 00000080 ${tables} 1122`)], 1));
    const [second] = depacketize(depacketizer, rtpPackets([bytes('00000000 01 80 08 06 00000000 1122')], 2));
    expect(hexFromBytes(second!.payload[0]!)).toBe(hexFromBytes(first!.payload[0]!));
    expect(() => depacketize(depacketizer, rtpPackets([bytes('00000000 01 81 08 06 00000000 1122')], 3))).toThrow(ParseError);
    expect(() => depacketize(depacketizer, rtpPackets([bytes('00000000 01 ff 08 06 00000000 1122')], 4))).toThrow(ParseError);
  });

  test('an end of image that the sender sent is not doubled', () => {
    const [unit] = depacketize(new JpegDepacketizer(), rtpPackets([bytes('00000000 01 32 08 06 1122 ffd9')], 1));
    expect(hexFromBytes(unit!.payload[0]!)).toMatch(/[^d]1122ffd9$/);
  });

  test.each([
    ['a truncated header', ['00000000 01 32 08']],
    ['type 2', ['00000000 02 32 08 06 11']],
    ['quality 0', ['00000000 01 00 08 06 11']],
    ['quality 100', ['00000000 01 64 08 06 11']],
    ['no width', ['00000000 01 32 00 06 11']],
    ['a truncated restart header', ['00000000 41 32 08 06 0001']],
    ['truncated tables', ['00000000 01 ff 08 06 00000080 11']],
    ['a table that ends inside', ['00000000 01 ff 08 06 00000041 11*65']],
    ['a hole between fragments', ['00000000 01 32 08 06 1122', '00000003 01 32 08 06 33']],
  ])('%s is malformed, and the next image is read', (_, payloads) => {
    const depacketizer = new JpegDepacketizer();
    expect(() => depacketize(depacketizer, rtpPackets(payloads.map(bytes), 1))).toThrow(ParseError);
    expect(depacketize(depacketizer, rtpPackets([bytes('00000000 01 32 08 06 1122')], 2))).toHaveLength(1);
  });

  test.each([
    ['4:4:4', stored('444')],
    ['4:2:2 in units of 16 lines, which RTP has no type for', stored('422-in-larger-units')],
    ['Huffman tables of its own', stored('optimal-huffman')],
    ['one pixel more than RTP carries', image(10, 1, { width: MAX_JPEG_PIXELS_A_SIDE + 1 })],
    ['no JPEG', bytesFromHex('00112233')],
  ])('an image with %s is refused', (_, original) => {
    expect(() => packetize(new JpegPacketizer(1400), [original], 1)).toThrow(ParseError);
  });

  test('packets without room for the tables are refused', () => {
    expect(() => packetize(new JpegPacketizer(140), [image(10, 1)], 1)).toThrow(PayloadTooLargeError);
    expect(packetize(new JpegPacketizer(141), [image(1, 1)], 1)).toHaveLength(1);
  });
});
