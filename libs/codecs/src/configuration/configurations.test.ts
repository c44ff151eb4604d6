import { ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { parseAv1Configuration, serializeAv1Configuration } from './av1-configuration.ts';
import { MAX_PARAMETER_SETS, parseAvcConfiguration, serializeAvcConfiguration } from './avc-configuration.ts';
import { FLAC_STREAM_INFO_BYTES, parseFlacStreamInfo } from '../flac/stream-info.ts';
import { MAX_HEVC_ARRAYS, parseHevcConfiguration, serializeHevcConfiguration } from './hevc-configuration.ts';
import { parseOpusHead, serializeOpusHead } from './opus-head.ts';
import { parseVpConfiguration, serializeVpConfiguration, vp9LevelIdc } from './vp-configuration.ts';

/** Of x264: 64x48, High and Main. */
const HIGH_SPS = bytesFromHex('6764000aacd9447b011000000300100000030320f1225960');
const MAIN_SPS = bytesFromHex('674d400aeca23d80880000030008000003019078912cb0');
const PPS = bytesFromHex('68ebe04d2c8b');
/** Of x265: 64x48. */
const VPS = bytesFromHex('40010c01ffff01600000030090000003000003001e913024');
const H265_SPS = bytesFromHex('42010101600000030090000003000003001ea020831659134a4c2f016808000003000800000300c840');
const H265_PPS = bytesFromHex('4401c073c089');

/** Truncated at every offset, each parser throws a ParseError and nothing else. */
function expectTruncationRefused(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  for (let length = 0; length < bytes.length; length++) expect(() => parse(bytes.subarray(0, length))).toThrow(ParseError);
}

describe('AVC', () => {
  test('of the High profile ends with chroma format and bit depths', () => {
    const bytes = serializeAvcConfiguration(HIGH_SPS, PPS);
    expect(hexFromBytes(bytes.subarray(0, 6))).toBe('0164000affe1');
    expect(hexFromBytes(bytes.subarray(bytes.length - 4))).toBe('fdf8f800');
    expect(parseAvcConfiguration(bytes)).toEqual({ nalLengthBytes: 4, spsList: [HIGH_SPS], ppsList: [PPS] });
    expectTruncationRefused(parseAvcConfiguration, bytes.subarray(0, bytes.length - 4));
  });

  test('of the Main profile does not', () => {
    const bytes = serializeAvcConfiguration(MAIN_SPS, PPS);
    expect(bytes).toHaveLength(6 + 2 + MAIN_SPS.length + 1 + 2 + PPS.length);
    expect(parseAvcConfiguration(bytes).spsList).toEqual([MAIN_SPS]);
  });

  test('lengths, versions and counts', () => {
    const sets = (count: number) => concatBytes([bytesFromHex('014d400afde0'), Uint8Array.of(count), new Uint8Array(2 * count)]);
    expect(parseAvcConfiguration(sets(MAX_PARAMETER_SETS))).toMatchObject({ nalLengthBytes: 2, spsList: [] });
    expect(() => parseAvcConfiguration(sets(MAX_PARAMETER_SETS + 1))).toThrow(ParseError);
    expect(() => parseAvcConfiguration(bytesFromHex('024d400affe000'))).toThrow('version');
    expect(() => parseAvcConfiguration(bytesFromHex('014d400afee000'))).toThrow('3 bytes');
  });
});

describe('HEVC', () => {
  test('of x265', () => {
    const bytes = serializeHevcConfiguration(VPS, H265_SPS, H265_PPS);
    expect(hexFromBytes(bytes.subarray(0, 23))).toBe('0101600000009000000000001ef000fcfdf8f800000f03');
    expect(parseHevcConfiguration(bytes)).toEqual({ nalLengthBytes: 4, vpsList: [VPS], spsList: [H265_SPS], ppsList: [H265_PPS] });
    expectTruncationRefused(parseHevcConfiguration, bytes);
  });

  test('arrays of other types are passed; counts', () => {
    const head = serializeHevcConfiguration(VPS, H265_SPS, H265_PPS).subarray(0, 22);
    const arrays = (count: number) =>
      concatBytes([head, Uint8Array.of(count), ...Array.from({ length: count }, () => bytesFromHex('27000100012a'))]);
    const sets = (count: number) => concatBytes([head, Uint8Array.of(1, 0x20, count >> 8, count), new Uint8Array(2 * count)]);
    expect(parseHevcConfiguration(arrays(MAX_HEVC_ARRAYS))).toMatchObject({ vpsList: [], spsList: [], ppsList: [] });
    expect(() => parseHevcConfiguration(arrays(MAX_HEVC_ARRAYS + 1))).toThrow(ParseError);
    expect(parseHevcConfiguration(sets(MAX_PARAMETER_SETS)).vpsList).toHaveLength(MAX_PARAMETER_SETS);
    expect(() => parseHevcConfiguration(sets(MAX_PARAMETER_SETS + 1))).toThrow(ParseError);
    expect(() => parseHevcConfiguration(bytesFromHex('02'))).toThrow('version');
  });
});

test.each([
  ['8 bits 4:2:0', '0800000002aff79b5f2008', '81000c00'],
  ['monochrome', '0800000002aff79b5f2540', '81001c00'],
  ['4:4:4', '0820000002aff79b5f2040', '81200000'],
  ['10 bits', '0800000002aff79b5f2808', '81004c00'],
])('AV1 of %s', (_, hex, head) => {
  const sequenceHeader = bytesFromHex(hex);
  const bytes = serializeAv1Configuration(sequenceHeader);
  expect(hexFromBytes(bytes.subarray(0, 4))).toBe(head);
  expect(parseAv1Configuration(bytes)).toEqual(sequenceHeader);
  expect(parseAv1Configuration(bytes.subarray(0, 4))).toBeUndefined();
  for (let length = 5; length < bytes.length; length++) expect(() => parseAv1Configuration(bytes.subarray(0, length))).toThrow(ParseError);
  expectTruncationRefused(parseAv1Configuration, bytes.subarray(0, 4));
  expect(() => parseAv1Configuration(bytesFromHex('80000000'))).toThrow('version');
});

describe('VP9', () => {
  const configuration = { profile: 2, levelIdc: 31, bitDepth: 10, chromaSubsampling: 1, fullRange: true };

  test('round trip', () => {
    const bytes = serializeVpConfiguration(configuration);
    expect(hexFromBytes(bytes)).toBe('021fa30202020000');
    expect(parseVpConfiguration(bytes)).toEqual(configuration);
    expectTruncationRefused(parseVpConfiguration, bytes.subarray(0, 3));
    for (const hex of ['040a80', '000a90']) expect(() => parseVpConfiguration(bytesFromHex(hex))).toThrow(ParseError);
  });

  test.each([
    [320, 240, 20],
    [1280, 720, 31],
    [1920, 1080, 40],
    [3840, 2160, 50],
    [16384, 8704, 62],
  ])('the level of %ix%i is at least %i', (width, height, levelIdc) => {
    expect(vp9LevelIdc(width, height)).toBe(levelIdc);
  });
});

describe('OpusHead', () => {
  test.each([1, 2, 3, 6, 8])('of %i channels', (channelCount) => {
    const bytes = serializeOpusHead({ channelCount });
    expect(bytes).toHaveLength(channelCount > 2 ? 21 + channelCount : 19);
    const read = parseOpusHead(bytes);
    expect(read.channelCount).toBe(channelCount);
    expect(read.multistream?.mapping.length).toBe(channelCount > 2 ? channelCount : undefined);
    expect(hexFromBytes(serializeOpusHead(read))).toBe(hexFromBytes(bytes));
    expectTruncationRefused(parseOpusHead, bytes);
  });

  test('as libopus writes it', () => {
    // ffmpeg -c:a libopus, two channels.
    expect(parseOpusHead(bytesFromHex('4f707573486561640102380180bb0000000000'))).toEqual({ channelCount: 2 });
    expect(hexFromBytes(serializeOpusHead({ channelCount: 2 }))).toBe('4f707573486561640102000f80bb0000000000');
  });

  test.each([
    ['another magic', '4f707573546167730102380180bb0000000000'],
    ['another version', '4f707573486561641102380180bb0000000000'],
    ['no channels', '4f707573486561640100380180bb0000000000'],
    ['nine channels', '4f707573486561640109380180bb0000000000'],
  ])('%s is refused', (_, hex) => {
    expect(() => parseOpusHead(bytesFromHex(hex))).toThrow(ParseError);
  });
});

test('STREAMINFO', () => {
  const bytes = bytesFromHex('04800480000000000000' + '0bb802f000000000' + '00'.repeat(16));
  expect(bytes).toHaveLength(FLAC_STREAM_INFO_BYTES);
  expect(parseFlacStreamInfo(bytes)).toEqual({ sampleRateHz: 48_000, channelCount: 2, bitDepth: 16, bytes });
  expectTruncationRefused(parseFlacStreamInfo, bytes);
  expect(() => parseFlacStreamInfo(new Uint8Array(FLAC_STREAM_INFO_BYTES))).toThrow('no sample rate');
  expect(() => parseFlacStreamInfo(new Uint8Array(FLAC_STREAM_INFO_BYTES + 1))).toThrow(ParseError);
});
