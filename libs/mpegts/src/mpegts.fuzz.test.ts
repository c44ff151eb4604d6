import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLIP_NAMES, demux, storedClip } from './clips.cases.ts';
import { sectionCrc } from './crc.ts';
import { parseMetadataCells } from './elementary/klv.ts';
import { parseLoas } from './elementary/loas.ts';
import { parseOpusAccessUnits } from './elementary/opus.ts';
import { ParseError } from '@mediamesh/bytes';
import { parsePesHeader } from './pes.ts';
import { parsePat, parsePmt } from './program-tables.ts';

const changes = fc.array(fc.record({ at: fc.nat(100_000), value: fc.nat(255) }), { minLength: 1, maxLength: 8 });

/** Nothing but events comes out of a stream, whatever is in it: an exception fails the test. */
describe.each(CLIP_NAMES)('%s', (name) => {
  const { bytes } = storedClip(name);

  test('with changed bytes gives events', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 2000 }), (list, chunkBytes) => {
        const copy = Uint8Array.from(bytes);
        for (const { at, value } of list) copy[at % copy.length] = value;
        for (const event of demux(copy, chunkBytes)) {
          if (event.kind === 'unit') expect(Number.isSafeInteger(event.unit.dtsTicks)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('any bytes', () => {
  test('as a stream', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
        const packets = Uint8Array.from(bytes);
        for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;
        demux(packets);
        demux(bytes, 50);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a PES header', parsePesHeader],
    ['a program association', parsePat],
    ['a program map', parsePmt],
    ['LOAS', parseLoas],
    ['Opus access units', parseOpusAccessUnits],
    ['metadata cells', parseMetadataCells],
  ])('as %s: a value, or ParseError', (_name, parse: (bytes: Uint8Array) => unknown) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(undefined, 0, 1, 2, 0x56, 0x7f), (bytes, first) => {
        if (first !== undefined && bytes.length > 0) bytes[0] = first;
        try {
          parse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('a section with its CRC has the CRC 0', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const crc = sectionCrc(bytes);
      expect(sectionCrc(Uint8Array.of(...bytes, crc >>> 24, (crc >>> 16) & 0xff, (crc >>> 8) & 0xff, crc & 0xff))).toBe(0);
    }),
  );
});
