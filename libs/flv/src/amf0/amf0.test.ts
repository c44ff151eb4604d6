import { ByteWriter, ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { AMF0_CASES, AMF0_LENIENT_CASES, AMF0_MALFORMED } from './amf0.cases.ts';
import { MAX_AMF0_DEPTH, MAX_AMF0_STRING_BYTES, MAX_AMF0_VALUES, parseAmf0 } from './parse.ts';
import { serializeAmf0 } from './serialize.ts';
import { amf0Member, amf0Object, isAmf0Object } from './value.ts';
import type { Amf0Value } from './value.ts';

test.each(AMF0_CASES)('$name is read and written', ({ hex, values }) => {
  expect(parseAmf0(bytesFromHex(hex))).toEqual(values);
  expect(hexFromBytes(serializeAmf0(values))).toBe(hex);
});

test.each(AMF0_LENIENT_CASES)('$name is read', ({ hex, values }) => {
  expect(parseAmf0(bytesFromHex(hex))).toEqual(values);
});

test.each(AMF0_MALFORMED)('$name is refused', ({ hex }) => {
  expect(() => parseAmf0(bytesFromHex(hex))).toThrow(ParseError);
});

test.each(AMF0_CASES.filter(({ values }) => values.length === 1))('$name, truncated anywhere, is refused', ({ hex }) => {
  const bytes = bytesFromHex(hex);
  for (let length = 1; length < bytes.length; length++) expect(() => parseAmf0(bytes.subarray(0, length))).toThrow(ParseError);
});

describe('limits', () => {
  const nested = (levels: number): Uint8Array => {
    const writer = new ByteWriter();
    for (let level = 0; level < levels; level++) writer.u8(0x0a).u32(1);
    return writer.u8(0x05).finish();
  };
  const nestedObjects = (levels: number): Amf0Value => (levels === 0 ? null : amf0Object({ a: nestedObjects(levels - 1) }));

  test('levels', () => {
    expect(() => parseAmf0(nested(MAX_AMF0_DEPTH))).not.toThrow();
    expect(() => parseAmf0(nested(MAX_AMF0_DEPTH + 1))).toThrow('levels');
    expect(() => parseAmf0(serializeAmf0([nestedObjects(MAX_AMF0_DEPTH)]))).not.toThrow();
    expect(() => parseAmf0(serializeAmf0([nestedObjects(MAX_AMF0_DEPTH + 1)]))).toThrow('levels');
    expect(() => parseAmf0(nested(100_000))).toThrow('levels');
  });

  test('values', () => {
    expect(parseAmf0(new Uint8Array(MAX_AMF0_VALUES).fill(5))).toHaveLength(MAX_AMF0_VALUES);
    expect(() => parseAmf0(new Uint8Array(MAX_AMF0_VALUES + 1).fill(5))).toThrow('values');
    const array = (length: number) => new ByteWriter().u8(0x0a).u32(length).bytes(new Uint8Array(length).fill(5)).finish();
    expect(parseAmf0(array(MAX_AMF0_VALUES - 1))[0]).toHaveLength(MAX_AMF0_VALUES - 1);
    expect(() => parseAmf0(array(MAX_AMF0_VALUES))).toThrow('values');
    expect(() => parseAmf0(array(MAX_AMF0_VALUES + 1))).toThrow('an array of');
  });

  test('strings', () => {
    const long = (length: number) => new ByteWriter().u8(0x0c).u32(length).bytes(new Uint8Array(length).fill(0x61)).finish();
    expect(parseAmf0(long(MAX_AMF0_STRING_BYTES))[0]).toHaveLength(MAX_AMF0_STRING_BYTES);
    expect(() => parseAmf0(long(MAX_AMF0_STRING_BYTES + 1))).toThrow('a string of');
    expect(serializeAmf0(['x'.repeat(MAX_AMF0_STRING_BYTES)])).toHaveLength(MAX_AMF0_STRING_BYTES + 3);
    expect(() => serializeAmf0(['x'.repeat(MAX_AMF0_STRING_BYTES + 1)])).toThrow(RangeError);
  });
});

test('members of what is no object are undefined', () => {
  for (const value of [null, undefined, 'text', 1, [1], { kind: 'date', timeMs: 0 }] as const) {
    expect(isAmf0Object(value)).toBe(false);
    expect(amf0Member(value, 'length')).toBeUndefined();
  }
  expect(amf0Member(amf0Object({ a: 1 }), 'a')).toBe(1);
  expect(amf0Member(amf0Object({ a: 1 }), 'toString')).toBeUndefined();
});
