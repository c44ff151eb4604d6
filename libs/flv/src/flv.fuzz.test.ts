import { readFileSync } from 'node:fs';
import { ParseError, bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AMF0_CASES, AMF0_LENIENT_CASES } from './amf0/amf0.cases.ts';
import { FlvReader, parseAggregate, parseAmf0, parseAudioTag, parseVideoTag, serializeAmf0 } from './index.ts';
import { AUDIO_CASES, VIDEO_CASES } from './tag/tag.cases.ts';

const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  amf0: (bytes) => {
    const values = parseAmf0(bytes);
    // What was read can be written, and read again.
    const written = serializeAmf0(values);
    expect(hexFromBytes(serializeAmf0(parseAmf0(written)))).toBe(hexFromBytes(written));
  },
  video: parseVideoTag,
  audio: parseAudioTag,
  aggregate: (bytes) => parseAggregate(bytes, 7),
  file: (bytes) => new FlvReader().push(bytes),
};

/** `name hex`, a line each: what once was, or could be, trouble. */
const CORPUS = readFileSync(new URL('testdata/corpus.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' ') as [string, string]);

const SEEDS = [...AMF0_CASES, ...AMF0_LENIENT_CASES, ...VIDEO_CASES, ...AUDIO_CASES]
  .map(({ hex }) => bytesFromHex(hex))
  .concat(readFileSync(new URL('testdata/h264-aac.flv', import.meta.url)).subarray(0, 600));

function check(bytes: Uint8Array, name?: string): void {
  for (const [parser, parse] of Object.entries(PARSERS)) {
    if (name !== undefined && parser !== name) continue;
    try {
      parse(bytes);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }
}

describe('FLV, fuzzed', () => {
  test('the corpus', () => {
    expect(CORPUS.length).toBeGreaterThan(8);
    for (const [name, hex] of CORPUS) {
      expect(Object.keys(PARSERS)).toContain(name);
      check(bytesFromHex(hex), name);
    }
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(bytes)),
      { numRuns: 2_000 },
    );
  });

  test('damaged messages', () => {
    const damage = fc.array(fc.record({ at: fc.nat(600), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), damage, fc.nat(600), (seed, changes, cut) => {
        const bytes = Uint8Array.from(cut < seed.length && cut % 3 === 0 ? seed.subarray(0, cut) : seed);
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        check(bytes);
      }),
      { numRuns: 5_000 },
    );
  });
});
