import { describe, expect, test } from 'vitest';
import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { opusMultistreamOf } from '@mediamesh/codecs';
import { parseAc3Configuration, serializeAc3Configuration } from './ac3-configuration.ts';
import { OBJECT_TYPE, parseEsDescriptor, serializeEsDescriptor } from './es-descriptor.ts';
import { parseOpusConfiguration, serializeOpusConfiguration } from './opus-configuration.ts';
import type { Ac3SampleEntry, OpusSampleEntry } from './sample-entry.ts';

/** Truncated at every offset, each parser throws a ParseError and nothing else. */
function expectTruncationRefused(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  for (let length = 0; length < bytes.length; length++) expect(() => parse(bytes.subarray(0, length))).toThrow(ParseError);
}

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
