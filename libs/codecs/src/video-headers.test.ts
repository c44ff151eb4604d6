import { describe, expect, test } from 'vitest';
import { ByteReader, ParseError } from '@mediamesh/bytes';
import {
  MAX_KLV_UNIT_BYTES,
  MAX_OBUS_PER_TEMPORAL_UNIT,
  av1ObuPayload,
  klvUnitBytes,
  parseAv1LowOverhead,
  parseAv1SequenceHeader,
  parseJpegImage,
  parseKlvUnits,
  parseMpeg12Picture,
  parseMpeg12SequenceHeader,
  parseVideoObjectLayer,
  parseVp8FrameHeader,
  parseVp9FrameHeader,
  readLeb128,
  serializeAv1LowOverhead,
  sizeOfLeb128,
  writeLeb128Into,
} from './index.ts';
import { storedFrames } from './stored-frames.cases.ts';

const b = (...bytes: number[]) => Uint8Array.from(bytes);

describe('AV1', () => {
  test.each([0, 1, 127, 128, 16383, 16384, 0xffff_ffff])('leb128 of %i', (value) => {
    const bytes = new Uint8Array(sizeOfLeb128(value));
    expect(writeLeb128Into(value, bytes, 0)).toBe(bytes.length);
    expect(readLeb128(new ByteReader(bytes, 'leb128'))).toBe(value);
  });

  test.each([
    ['truncated', b(0x80)],
    ['above 32 bits', b(0x80, 0x80, 0x80, 0x80, 0x10)],
    ['9 bytes', b(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0)],
  ])('leb128 %s is malformed', (_, bytes) => {
    expect(() => readLeb128(new ByteReader(bytes, 'leb128'))).toThrow(ParseError);
  });

  test('leb128 may have trailing groups of zeros', () => {
    expect(readLeb128(new ByteReader(b(0x81, 0x80, 0), 'leb128'))).toBe(1);
  });

  const { frames } = storedFrames('av1/testdata/frames');

  test('sequence header of libaom', () => {
    const obu = parseAv1LowOverhead(frames[0]!).find((candidate) => candidate[0]! >> 3 === 1)!;
    expect(parseAv1SequenceHeader(obu)).toMatchObject({ width: 64, height: 48, stillPicture: false, tier: 0 });
    expect(() => parseAv1SequenceHeader(b(0x30, 0))).toThrow(ParseError);
  });

  test('low-overhead byte stream: round trip, limits, an OBU without size', () => {
    for (const frame of frames) expect(serializeAv1LowOverhead(parseAv1LowOverhead(frame))).toEqual(frame);
    const most = new Uint8Array(MAX_OBUS_PER_TEMPORAL_UNIT * 2);
    for (let i = 0; i < most.length; i += 2) most[i] = 0x7a;
    expect(parseAv1LowOverhead(most)).toHaveLength(MAX_OBUS_PER_TEMPORAL_UNIT);
    expect(() => parseAv1LowOverhead(Uint8Array.from([...most, 0x7a, 0]))).toThrow(ParseError);
    expect(() => parseAv1LowOverhead(b(0x78, 0))).toThrow(ParseError);
    expect(av1ObuPayload(b(0x36, 0x08, 2, 7, 8))).toEqual(b(7, 8));
    expect(serializeAv1LowOverhead([b(0x34, 0x08, 7, 8)])).toEqual(b(0x36, 0x08, 2, 7, 8));
  });
});

test('VP8 frame headers of libvpx', () => {
  const { frames, keys } = storedFrames('vp8/testdata/frames');
  expect(parseVp8FrameHeader(frames[0]!)).toEqual({ key: true, version: 0, show: true, width: 64, height: 48 });
  expect(parseVp8FrameHeader(frames[keys.indexOf(false)]!).width).toBeUndefined();
  expect(() => parseVp8FrameHeader(b(0x10, 0, 0, 0x9d, 1, 0x2b, 0, 0, 0, 0))).toThrow(ParseError);
});

test('VP9 frame headers of libvpx', () => {
  const { frames, keys } = storedFrames('vp9/testdata/frames');
  expect(parseVp9FrameHeader(frames[0]!)).toMatchObject({ key: true, width: 64, height: 48, bitDepth: 8 });
  expect(parseVp9FrameHeader(frames[keys.indexOf(false)]!)).toMatchObject({ key: false, showExisting: false });
  expect(parseVp9FrameHeader(b(0x88))).toEqual({ profile: 0, key: false, showExisting: true });
  expect(() => parseVp9FrameHeader(b(0x40))).toThrow(ParseError);
  expect(() => parseVp9FrameHeader(b(0x82, 0x49, 0x83, 0x43, 0, 0, 0, 0, 0, 0))).toThrow(ParseError);
});

test('MPEG-1/2 video headers of ffmpeg', () => {
  const mpeg2 = storedFrames('mpeg12-video/testdata/mpeg2-b-frames').frames;
  expect(parseMpeg12SequenceHeader(mpeg2[0]!)).toEqual({ width: 64, height: 48, fps: 25, mpeg2: true, lowDelay: false });
  expect(mpeg2.slice(0, 4).map((frame) => parseMpeg12Picture(frame).temporalReference)).toEqual([0, 3, 1, 2]);
  expect(mpeg2.slice(0, 4).map((frame) => parseMpeg12Picture(frame).pictureType)).toEqual([1, 2, 3, 3]);
  const mpeg1 = storedFrames('mpeg12-video/testdata/mpeg1').frames;
  expect(parseMpeg12SequenceHeader(mpeg1[0]!)).toMatchObject({ width: 64, height: 48, fps: 25, mpeg2: false });
  expect(() => parseMpeg12SequenceHeader(mpeg1[1]!)).toThrow(ParseError);
});

test('MPEG-4 video object layer of ffmpeg', () => {
  const layer = (name: string) => parseVideoObjectLayer(storedFrames(`mpeg4-video/testdata/${name}`).frames[0]!);
  expect(layer('b-frames')).toMatchObject({ width: 64, height: 48, lowDelay: false });
  expect(layer('no-b-frames')).toMatchObject({ width: 64, height: 48, lowDelay: true });
  expect(() => parseVideoObjectLayer(b(0, 0, 1, 0xb0, 1))).toThrow(ParseError);
});

describe('JPEG', () => {
  const image = storedFrames('jpeg/testdata/image').frames[0]!;

  test('of ffmpeg', () => {
    const parsed = parseJpegImage(image);
    expect(parsed).toMatchObject({ width: 64, height: 48, restartInterval: 0 });
    expect(parsed.components.map(({ horizontalSampling, verticalSampling }) => [horizontalSampling, verticalSampling])).toEqual([
      [2, 2],
      [1, 1],
      [1, 1],
    ]);
    for (const table of parsed.quantizationTables) expect(table.values).toHaveLength(64);
    const end = image.length - 2;
    expect(image.subarray(end)).toEqual(b(0xff, 0xd9));
    expect(parsed.scan).toEqual(image.subarray(end - parsed.scan.length, end));
  });

  test('a restart interval, an end marker with padding, and none', () => {
    const restart = Uint8Array.from([0xff, 0xd8, 0xff, 0xff, 0xdd, 0, 4, 0, 9, ...image.subarray(2), 0, 0]);
    expect(parseJpegImage(restart).restartInterval).toBe(9);
    expect(parseJpegImage(restart).scan).toEqual(parseJpegImage(image).scan);
    expect(parseJpegImage(image.subarray(0, -2)).scan).toEqual(parseJpegImage(image).scan);
  });

  test('progressive, no start marker, a scan before the frame, truncated headers', () => {
    const frameAt = image.findIndex((byte, i) => byte === 0xff && image[i + 1] === 0xc0);
    const progressive = Uint8Array.from(image);
    progressive[frameAt + 1] = 0xc2;
    expect(() => parseJpegImage(progressive)).toThrow(/progressive/);
    expect(() => parseJpegImage(image.subarray(1))).toThrow(ParseError);
    expect(() => parseJpegImage(b(0xff, 0xd8, 0xff, 0xda, 0, 2))).toThrow(ParseError);
    const headers = image.length - 2 - parseJpegImage(image).scan.length;
    for (let length = 0; length < headers; length++) expect(() => parseJpegImage(image.subarray(0, length))).toThrow(ParseError);
  });
});

describe('KLV', () => {
  const key = [6, 0x0e, 0x2b, 0x34, 2, 0x0b, 1, 1, 0x0e, 1, 3, 1, 1, 0, 0, 0];

  test.each([
    ['short form', [3, 1, 2, 3], 20],
    ['long form', [0x82, 0, 3, 1, 2, 3], 22],
    ['no value', [0], 17],
  ])('%s', (_, rest, size) => {
    const bytes = b(...key, ...rest);
    expect(klvUnitBytes(bytes)).toBe(size);
    expect(parseKlvUnits(b(...bytes, ...bytes))).toEqual([bytes, bytes]);
    expect(() => parseKlvUnits(bytes.subarray(0, -1))).toThrow(ParseError);
  });

  test('a length that is not complete is no error', () => {
    for (let length = 0; length < 18; length++) expect(klvUnitBytes(b(...key, 0x82, 1, 0).subarray(0, length))).toBeUndefined();
  });

  test('another label, the indefinite form, the largest unit and one byte more', () => {
    expect(() => klvUnitBytes(b(7, ...key.slice(1), 0))).toThrow(ParseError);
    expect(() => klvUnitBytes(b(...key, 0x80, 0))).toThrow(ParseError);
    const length = MAX_KLV_UNIT_BYTES - 20;
    expect(klvUnitBytes(b(...key, 0x83, length >> 16, length >> 8, length))).toBe(MAX_KLV_UNIT_BYTES);
    expect(() => klvUnitBytes(b(...key, 0x83, (length + 1) >> 16, (length + 1) >> 8, length + 1))).toThrow(ParseError);
  });
});
