import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter, ByteReader, ByteWriter, MAX_EXP_GOLOMB_LEADING_ZEROS, ParseError } from './index.ts';

describe('ByteReader', () => {
  const bytes = Uint8Array.of(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08);

  test('reads big-endian numbers, views and the rest', () => {
    const reader = new ByteReader(bytes, 'Test');
    expect([reader.u8(), reader.u16(), reader.u24()]).toEqual([0x01, 0x0203, 0x040506]);
    expect(reader.rest()).toEqual(Uint8Array.of(7, 8));
    expect(reader.remaining).toBe(0);
  });

  test('the highest bit of 32 is no sign', () => {
    expect(new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xfe), 'Test').u32()).toBe(0xffff_fffe);
  });

  test('a view aliases the input', () => {
    const input = Uint8Array.of(1, 2, 3);
    const view = new ByteReader(input, 'Test').bytes(2);
    input[0] = 9;
    expect(view[0]).toBe(9);
  });

  test.each([
    ['u8', 8],
    ['u16', 7],
    ['u24', 6],
    ['u32', 5],
    ['u64', 1],
  ] as const)('%s past the end throws, and reads nothing', (read, skipped) => {
    const reader = new ByteReader(bytes, 'Box', skipped);
    expect(() => reader[read]()).toThrow(ParseError);
  });

  test('the error says what, where and how much', () => {
    const reader = new ByteReader(Uint8Array.of(1), 'Box');
    expect(() => reader.u16()).toThrow('Box: needs 2 bytes, 1 are left (offset 0)');
  });

  test('64 bits beyond the safe integers are refused', () => {
    const largest = new ByteWriter().u64(Number.MAX_SAFE_INTEGER).finish();
    expect(new ByteReader(largest, 'Box').u64()).toBe(Number.MAX_SAFE_INTEGER);
    const next = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0);
    expect(() => new ByteReader(next, 'Box').u64()).toThrow('exceeds 2^53');
  });
});

test('what ByteWriter writes, ByteReader reads, however far it grows', () => {
  const field = fc.oneof(
    fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
    fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
    fc.record({ kind: fc.constant('u24' as const), value: fc.integer({ min: 0, max: 0xff_ffff }) }),
    fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
    fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 200 }), (fields) => {
      const writer = new ByteWriter(1);
      for (const { kind, value } of fields) writer[kind](value);
      const reader = new ByteReader(writer.finish(), 'Test');
      expect(fields.map(({ kind }) => reader[kind]())).toEqual(fields.map(({ value }) => value));
      expect(reader.remaining).toBe(0);
    }),
  );
});

describe('BitReader', () => {
  test('what BitWriter writes, BitReader reads', () => {
    const field = fc
      .integer({ min: 1, max: 32 })
      .chain((count) => fc.tuple(fc.constant(count), fc.integer({ min: 0, max: 2 ** count - 1 })));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 50 }), (fields) => {
        const writer = new BitWriter();
        for (const [count, value] of fields) writer.bits(value, count);
        const reader = new BitReader(writer.finish(), 'Test');
        expect(fields.map(([count]) => reader.bits(count))).toEqual(fields.map(([, value]) => value));
      }),
    );
  });

  // H.264 table 9-2 and 9-3.
  test.each([
    ['1', 0, 0],
    ['010', 1, 1],
    ['011', 2, -1],
    ['00100', 3, 2],
    ['00101', 4, -2],
    ['0001000', 7, 4],
  ])('Exp-Golomb %s', (code, unsigned, signed) => {
    const bytes = Uint8Array.of(Number.parseInt(code.padEnd(8, '0'), 2));
    expect(new BitReader(bytes, 'Test').unsignedExpGolomb()).toBe(unsigned);
    expect(new BitReader(bytes, 'Test').signedExpGolomb()).toBe(signed);
  });

  test('the longest Exp-Golomb code is read, one longer is refused', () => {
    const code = (zeros: number): Uint8Array => {
      const writer = new BitWriter();
      for (let i = 0; i < zeros; i++) writer.bits(0, 1);
      return writer.bits(1, 1).bits(0, 32).finish();
    };
    expect(new BitReader(code(MAX_EXP_GOLOMB_LEADING_ZEROS), 'Test').unsignedExpGolomb()).toBe(2 ** MAX_EXP_GOLOMB_LEADING_ZEROS - 1);
    expect(() => new BitReader(code(MAX_EXP_GOLOMB_LEADING_ZEROS + 1), 'Test').unsignedExpGolomb()).toThrow('exceeds 32 bits');
  });

  test('past the end throws', () => {
    const reader = new BitReader(Uint8Array.of(0xff), 'Sps');
    reader.skip(7);
    expect(reader.remainingBits).toBe(1);
    expect(() => reader.bits(2)).toThrow('Sps: needs 2 bits, 1 are left (offset 0)');
    expect(() => new BitReader(Uint8Array.of(0), 'Sps').unsignedExpGolomb()).toThrow(ParseError);
  });
});
