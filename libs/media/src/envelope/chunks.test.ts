import { describe, expect, test } from 'vitest';
import { busUnit } from '../testing.cases.ts';
import { ChunkAssembler, serializeUnitMessages } from './chunks.ts';
import { MAX_ENVELOPE_BYTES } from './header.ts';
import { MAX_UNIT_BYTES, parseUnitEnvelope, unitNumberOf } from './unit-envelope.ts';

const FIXED_BYTES = 64;

function unitOf(envelopeBytes: number, number = 7) {
  const bytes = new Uint8Array(envelopeBytes - FIXED_BYTES);
  for (let i = 0; i < bytes.length; i++) bytes[i] = i * 31;
  return busUnit({ number, payload: [bytes] });
}

describe('serializeUnitMessages', () => {
  test.each([
    [MAX_ENVELOPE_BYTES, 1],
    [MAX_ENVELOPE_BYTES + 1, 2],
    [3 * MAX_ENVELOPE_BYTES, 4],
    [MAX_UNIT_BYTES, 65],
  ])('%i bytes in %i messages, none larger than an envelope', (size, count) => {
    const unit = unitOf(size);
    const messages = serializeUnitMessages(unit);
    expect(messages).toHaveLength(count);
    for (const message of messages) {
      expect(message.length).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
      expect(unitNumberOf(message)).toBe(7);
    }
    const assembler = new ChunkAssembler();
    const results = messages.map((message) => assembler.push(message));
    expect(results.slice(0, -1)).toEqual(Array(count - 1).fill(undefined));
    const assembled = results.at(-1)!;
    expect({ ...assembled, payload: [] }).toEqual({ ...unit, payload: [] });
    expect(assembled.payload[0]!.every((byte, i) => byte === unit.payload[0]![i])).toBe(true);
    expect(assembler.unitsIncomplete).toBe(0);
  });

  test('refuses what is larger than a unit may be', () => {
    expect(() => serializeUnitMessages(unitOf(MAX_UNIT_BYTES + 1))).toThrow(RangeError);
  });
});

describe('ChunkAssembler', () => {
  const large = serializeUnitMessages(unitOf(3 * MAX_ENVELOPE_BYTES, 1));
  const other = serializeUnitMessages(unitOf(2 * MAX_ENVELOPE_BYTES, 2));
  const small = serializeUnitMessages(busUnit({ number: 3 }));

  /** Pushes messages and returns the numbers of the units that came out. */
  function numbers(messages: readonly Uint8Array[]): [number[], number] {
    const assembler = new ChunkAssembler();
    const out = messages.flatMap((message) => assembler.push(message)?.number ?? []);
    return [out, assembler.unitsIncomplete];
  }

  test.each<[string, Uint8Array[], number[], number]>([
    ['whole units', [...large, ...small, ...other], [1, 3, 2], 0],
    ['without the first chunk', [...large.slice(1), ...small], [3], 1],
    ['without a middle chunk', [large[0]!, ...large.slice(2), ...small], [3], 1],
    ['without the last chunk', [...large.slice(0, -1), ...small], [3], 1],
    ['cut by another chunked unit', [...large.slice(0, 2), ...other], [2], 1],
    ['the first chunk again', [large[0]!, ...large], [1], 1],
    ['a chunk twice', [large[0]!, large[1]!, ...large.slice(1)], [], 1],
    ['a chunk of another unit in between', [large[0]!, other[1]!, ...large.slice(1)], [], 3],
  ])('%s', (_, messages, out, incomplete) => {
    expect(numbers(messages)).toEqual([out, incomplete]);
  });

  test('reset drops what is incomplete', () => {
    const assembler = new ChunkAssembler();
    assembler.push(large[0]!);
    assembler.reset();
    expect(large.slice(1).map((message) => assembler.push(message))).toEqual([undefined, undefined, undefined]);
    expect(assembler.unitsIncomplete).toBe(1);
  });

  test.each<[string, number, number[], string]>([
    ['more than a unit may have', 24, [0x01, 0, 0, 1], 'envelope of 16777217 bytes'],
    ['no more than an envelope has', 24, [0, 4, 0, 0], 'envelope of 262144 bytes'],
    ['an index past the end', 20, [0, 0, 0, 9], 'another size'],
    ['a huge index', 20, [0xff, 0xff, 0xff, 0xff], 'another size'],
  ])('refuses %s', (_, offset, bytes, message) => {
    const chunk = Uint8Array.from(large[0]!);
    chunk.set(bytes, offset);
    expect(() => new ChunkAssembler().push(chunk)).toThrow(message);
  });

  test('refuses truncated chunks, and recovers', () => {
    const assembler = new ChunkAssembler();
    for (const end of [0, 5, 11, 12, 27, 28, large[0]!.length - 1]) {
      expect(() => assembler.push(large[0]!.subarray(0, end))).toThrow(/envelope|chunk/);
    }
    expect(large.map((message) => assembler.push(message)?.number)).toEqual([undefined, undefined, undefined, 1]);
  });

  test('a chunk alone is not a unit', () => {
    expect(() => parseUnitEnvelope(large[0]!)).toThrow('chunk');
  });
});
