import { describe, expect, test } from 'vitest';
import { ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { parseAc3Configuration, serializeAc3Configuration } from './ac3-configuration.ts';
import { parseAv1Configuration, serializeAv1Configuration } from './av1-configuration.ts';
import { MAX_PARAMETER_SETS, parseAvcConfiguration, serializeAvcConfiguration } from './avc-configuration.ts';
import { OBJECT_TYPE, parseEsDescriptor, serializeEsDescriptor } from './es-descriptor.ts';
import { FLAC_STREAM_INFO_BYTES, parseFlacStreamInfo } from './flac-stream-info.ts';
import { MAX_HEVC_ARRAYS, parseHevcConfiguration, serializeHevcConfiguration } from './hevc-configuration.ts';
import { opusMultistreamOf, parseOpusConfiguration, serializeOpusConfiguration } from './opus-configuration.ts';
import type { Ac3SampleEntry, OpusSampleEntry } from './sample-entry.ts';
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

describe('avcC', () => {
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

describe('hvcC', () => {
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
  });
});

test.each([
  ['8 bits 4:2:0', '0800000002aff79b5f2008', '81000c00'],
  ['monochrome', '0800000002aff79b5f2540', '81001c00'],
  ['4:4:4', '0820000002aff79b5f2040', '81200000'],
  ['10 bits', '0800000002aff79b5f2808', '81004c00'],
])('av1C of %s', (_, hex, head) => {
  const sequenceHeader = bytesFromHex(hex);
  const bytes = serializeAv1Configuration(sequenceHeader);
  expect(hexFromBytes(bytes.subarray(0, 4))).toBe(head);
  expect(parseAv1Configuration(bytes)).toEqual(sequenceHeader);
  expectTruncationRefused(parseAv1Configuration, bytes);
  expect(() => parseAv1Configuration(bytesFromHex('80000000'))).toThrow('version');
  expect(() => parseAv1Configuration(bytesFromHex('81000000'))).toThrow('sequence header');
});

describe('vpcC', () => {
  const entry = { profile: 2, levelIdc: 31, bitDepth: 10, chromaSubsampling: 1, fullRange: true };

  test('round trip', () => {
    const bytes = serializeVpConfiguration(entry);
    expect(hexFromBytes(bytes)).toBe('021fa30202020000');
    expect(parseVpConfiguration(bytes)).toEqual(entry);
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

describe('esds', () => {
  test.each([
    ['a configuration', { objectType: OBJECT_TYPE.mpeg4Audio, audio: true, config: bytesFromHex('1190') }],
    ['none', { objectType: OBJECT_TYPE.jpeg, audio: false, config: new Uint8Array(0) }],
    ['a long one', { objectType: OBJECT_TYPE.mpeg4Video, audio: false, config: new Uint8Array(300).fill(7) }],
  ])('with %s', (_, descriptor) => {
    const bytes = serializeEsDescriptor(descriptor);
    expect(parseEsDescriptor(bytes)).toEqual(descriptor);
    expectTruncationRefused(parseEsDescriptor, bytes);
  });

  test('sizes in fewer bytes, and optional fields', () => {
    const decoder = '0411' + '4015000000' + '00000000' + '00000000' + '05021190';
    const parsed = { objectType: OBJECT_TYPE.mpeg4Audio, audio: true, config: bytesFromHex('1190') };
    expect(parseEsDescriptor(bytesFromHex(`0316000000${decoder}`))).toEqual(parsed);
    expect(parseEsDescriptor(bytesFromHex(`031d0000e0000102616200 03${decoder}`.replaceAll(' ', '')))).toEqual(parsed);
    for (const hex of ['04020000', '0380808080800100', '0303000005'])
      expect(() => parseEsDescriptor(bytesFromHex(hex))).toThrow(ParseError);
  });
});

describe('dOps', () => {
  test.each([1, 2, 3, 6, 8])('of %i channels', (channelCount) => {
    const multistream = opusMultistreamOf(channelCount);
    const entry: OpusSampleEntry = { codec: 'Opus', channelCount, preSkip: 312, ...(multistream && { multistream }) };
    const bytes = serializeOpusConfiguration(entry);
    expect(bytes).toHaveLength(channelCount > 2 ? 13 + channelCount : 11);
    expect(parseOpusConfiguration(bytes)).toEqual(entry);
    expectTruncationRefused(parseOpusConfiguration, bytes);
  });

  test.each(['010101380000bb80000000', '000001380000bb80000000', '000901380000bb80000000'])('%s is malformed', (hex) => {
    expect(() => parseOpusConfiguration(bytesFromHex(hex))).toThrow(ParseError);
  });
});

test('dac3', () => {
  const entry: Ac3SampleEntry = {
    codec: 'AC3',
    sampleRateHz: 44_100,
    channelCount: 6,
    fscod: 1,
    bsid: 8,
    bsmod: 0,
    acmod: 7,
    lfe: true,
    bitRateCode: 15,
  };
  const bytes = serializeAc3Configuration(entry);
  expect(hexFromBytes(bytes)).toBe('503de0');
  expect(parseAc3Configuration(bytes)).toEqual(entry);
  expectTruncationRefused(parseAc3Configuration, bytes);
  expect(() => parseAc3Configuration(bytesFromHex('c03de0'))).toThrow('reserved');
});

test('STREAMINFO', () => {
  const bytes = bytesFromHex('04800480000000000000' + '0bb802f000000000' + '00'.repeat(16));
  expect(bytes).toHaveLength(FLAC_STREAM_INFO_BYTES);
  expect(parseFlacStreamInfo(bytes)).toEqual({ sampleRateHz: 48_000, channelCount: 2, bitDepth: 16, bytes });
  expectTruncationRefused(parseFlacStreamInfo, bytes);
  expect(() => parseFlacStreamInfo(new Uint8Array(FLAC_STREAM_INFO_BYTES))).toThrow('no sample rate');
  expect(() => parseFlacStreamInfo(new Uint8Array(FLAC_STREAM_INFO_BYTES + 1))).toThrow(ParseError);
});
