import { describe, expect, test } from 'vitest';
import { BitWriter, ParseError } from '@mediamesh/bytes';
import { storedBytes } from '../stored-frames.cases.ts';
import { parseAnnexB, serializeAnnexB, sizeOfAnnexB } from './annex-b.ts';
import { parseAvcc, serializeAvcc, sizeOfAvcc } from './avcc.ts';
import { removeEmulationPrevention } from './emulation-prevention.ts';
import { MAX_NAL_UNITS_PER_ACCESS_UNIT, isH264RandomAccess } from './nal-unit.ts';
import { parseH264SliceHeader } from './slice-header.ts';
import { MAX_H264_MACROBLOCKS_A_SIDE, MAX_PARAMETER_SET_BYTES, parseH264Sps } from './sps.ts';

const b = (...bytes: number[]) => Uint8Array.from(bytes);

describe('Annex B', () => {
  test.each([
    ['start codes of 4 bytes', b(0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 3), [b(1, 2), b(3)]],
    ['start codes of 3 bytes', b(0, 0, 1, 1, 2, 0, 0, 1, 3), [b(1, 2), b(3)]],
    ['leading and trailing zeros', b(0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 2, 0, 0), [b(1), b(2)]],
    ['empty NAL units', b(0, 0, 1, 0, 0, 1, 5, 0, 0, 1), [b(5)]],
    ['a zero byte inside', b(0, 0, 1, 1, 0, 2, 0, 0, 2), [b(1, 0, 2, 0, 0, 2)]],
  ])('%s', (_, bytes, nalUnits) => {
    expect(parseAnnexB(bytes)).toEqual(nalUnits);
    expect(parseAnnexB(serializeAnnexB(nalUnits))).toEqual(nalUnits);
    expect(serializeAnnexB(nalUnits).length).toBe(sizeOfAnnexB(nalUnits));
  });

  test.each([
    ['nothing', b()],
    ['no start code', b(1, 2, 3)],
    ['bytes before it', b(7, 0, 0, 1, 5)],
  ])('%s is malformed', (_, bytes) => {
    expect(() => parseAnnexB(bytes)).toThrow(ParseError);
  });

  test('the most NAL units, and one more', () => {
    const most = Array.from({ length: MAX_NAL_UNITS_PER_ACCESS_UNIT }, () => b(9));
    expect(parseAnnexB(serializeAnnexB(most))).toHaveLength(most.length);
    expect(() => parseAnnexB(serializeAnnexB([...most, b(9)]))).toThrow(ParseError);
    expect(parseAvcc(serializeAvcc(most))).toHaveLength(most.length);
    expect(() => parseAvcc(serializeAvcc([...most, b(9)]))).toThrow(ParseError);
  });
});

describe('AVCC', () => {
  test('round trip, other lengths, empty NAL units', () => {
    const nalUnits = [b(1, 2, 3), b(4)];
    expect(parseAvcc(serializeAvcc(nalUnits))).toEqual(nalUnits);
    expect(serializeAvcc(nalUnits).length).toBe(sizeOfAvcc(nalUnits));
    expect(parseAvcc(b(2, 8, 9, 0, 1, 7), 1)).toEqual([b(8, 9), b(7)]);
    expect(parseAvcc(b(0, 1, 7), 2)).toEqual([b(7)]);
    expect(parseAvcc(b(0, 0, 1, 7), 3)).toEqual([b(7)]);
  });

  test('truncation at every offset inside a NAL unit is malformed', () => {
    const bytes = serializeAvcc([b(1, 2, 3), b(4)]);
    for (const length of [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]) expect(() => parseAvcc(bytes.subarray(0, length))).toThrow(ParseError);
  });
});

test.each([
  ['one', b(1, 0, 0, 3, 1), b(1, 0, 0, 1)],
  ['two', b(0, 0, 3, 0, 0, 3, 4), b(0, 0, 0, 0, 4)],
  ['at the end', b(1, 0, 0, 3), b(1, 0, 0)],
  ['three after one zero stays', b(1, 0, 3, 1), b(1, 0, 3, 1)],
  ['two threes', b(0, 0, 3, 3), b(0, 0, 3)],
])('emulation prevention: %s', (_, bytes, expected) => {
  expect(removeEmulationPrevention(bytes)).toEqual(expected);
});

describe('SPS and slice header', () => {
  const interlaced = parseAnnexB(storedBytes('h264/testdata/interlaced.h264'));
  const pyramid = parseAnnexB(storedBytes('h264/testdata/pyramid.h264'));
  const spsOf = (nalUnits: Uint8Array[]) => nalUnits.find((nalUnit) => nalUnit[0] === 0x67)!;

  test('of x264', () => {
    expect(parseH264Sps(spsOf(pyramid))).toMatchObject({
      profileIdc: 100,
      levelIdc: 10,
      width: 64,
      height: 48,
      chromaFormatIdc: 1,
      frameMbsOnly: true,
      pocType: 0,
      fps: 25,
      vui: { bitstreamRestriction: { maxNumReorderFrames: 2 } },
    });
    expect(parseH264Sps(spsOf(interlaced))).toMatchObject({ width: 64, height: 48, frameMbsOnly: false });
  });

  test('picture order counts of x264', () => {
    const sps = parseH264Sps(spsOf(pyramid));
    const slices = pyramid.filter((nalUnit) => [1, 5].includes(nalUnit[0]! & 0x1f)).slice(0, 5);
    expect(slices.map((slice) => parseH264SliceHeader(slice, sps).pocLsb)).toEqual([0, 8, 4, 2, 6]);
    expect(slices.map((slice) => parseH264SliceHeader(slice, sps).sliceType)).toEqual([2, 0, 1, 1, 1]);
    expect(slices.map((slice) => isH264RandomAccess([slice]))).toEqual([true, false, false, false, false]);
  });

  /** A Baseline SPS with the given size in macroblocks and crop of its right side. */
  function baseline(widthMbs: number, heightMbs: number, cropRight = 0): Uint8Array {
    const writer = new BitWriter().bits(0x67, 8).bits(66, 8).bits(0, 8).bits(40, 8);
    const ue = (value: number) => {
      const bits = Math.floor(Math.log2(value + 1));
      writer.bits(0, bits).bits(value + 1, bits + 1);
    };
    for (const value of [0, 0, 2, 1]) ue(value); // id, frame_num, POC type 2, references
    writer.flag(false);
    ue(widthMbs - 1);
    ue(heightMbs - 1);
    writer
      .flag(true)
      .flag(true)
      .flag(cropRight > 0);
    if (cropRight > 0) for (const value of [0, cropRight, 0, 0]) ue(value);
    return writer.flag(false).flag(true).finish();
  }

  test('size: cropping, the largest, one past it, cropped to nothing', () => {
    expect(parseH264Sps(baseline(120, 68, 4))).toMatchObject({ width: 1912, height: 1088, pocType: 2 });
    expect(parseH264Sps(baseline(MAX_H264_MACROBLOCKS_A_SIDE, 1)).width).toBe(16384);
    expect(() => parseH264Sps(baseline(MAX_H264_MACROBLOCKS_A_SIDE + 1, 1))).toThrow(ParseError);
    expect(() => parseH264Sps(baseline(1, 1, 8))).toThrow(ParseError);
  });

  test('parameter sets up to a limit', () => {
    const large = new Uint8Array(MAX_PARAMETER_SET_BYTES);
    large.set(baseline(4, 3));
    expect(parseH264Sps(large).width).toBe(64);
    expect(() => parseH264Sps(new Uint8Array(MAX_PARAMETER_SET_BYTES + 1).fill(0x67, 0, 1))).toThrow(/larger/);
    expect(() => parseH264Sps(b(0x68, 1, 2))).toThrow(ParseError);
  });

  test('a VUI that is cut off is left out', () => {
    const full = spsOf(pyramid);
    const cut = parseH264Sps(full.subarray(0, full.length - 4));
    expect(cut.width).toBe(64);
    expect(cut.vui).toBeUndefined();
  });
});
