import { readFileSync } from 'node:fs';
import { bytesFromHex, ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { busUnit } from '../testing.cases.ts';
import { ChunkAssembler, serializeUnitMessages } from './chunks.ts';
import { parseEndEnvelope, serializeEndEnvelope } from './end-envelope.ts';
import { CODEC_CASES, STATE_GOLDEN, stateWith, UNIT_CASES } from './envelope.cases.ts';
import { EnvelopeVersionError } from './header.ts';
import { parseStateEnvelope, serializeStateEnvelope } from './state-envelope.ts';
import { parseUnitEnvelope, serializeUnitEnvelope } from './unit-envelope.ts';

/** A line an input in hexadecimal; lines of `#` say what they are. */
const CORPUS = readFileSync(new URL('../testdata/envelopes.hex', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(bytesFromHex);

const SEEDS = [
  ...UNIT_CASES.map(({ hex }) => bytesFromHex(hex)),
  bytesFromHex(STATE_GOLDEN.hex),
  ...CODEC_CASES.map((codec) => serializeStateEnvelope(stateWith(codec))),
  serializeEndEnvelope({ epoch: 1, reason: 'bye' }),
  serializeUnitMessages(busUnit({ payload: [new Uint8Array(300_000)] }))[1]!.subarray(0, 200),
  ...CORPUS,
];

/** A parser either refuses with its own errors, or what it has read survives being written and read again. */
function check(bytes: Uint8Array): void {
  for (const [parse, serialize] of [
    [parseUnitEnvelope, serializeUnitEnvelope],
    [parseStateEnvelope, serializeStateEnvelope],
    [parseEndEnvelope, serializeEndEnvelope],
  ] as const) {
    let value;
    try {
      value = parse(bytes);
    } catch (error) {
      if (!(error instanceof ParseError) && !(error instanceof EnvelopeVersionError)) throw error;
      continue;
    }
    const again = parse((serialize as (value: unknown) => Uint8Array)(value));
    expect(again).toEqual(value);
  }
  try {
    new ChunkAssembler().push(bytes);
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof EnvelopeVersionError)) throw error;
  }
}

describe('envelopes, fuzzed', () => {
  test('the corpus', () => {
    expect(CORPUS.length).toBeGreaterThan(5);
    for (const bytes of CORPUS) check(bytes);
  });

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), check), { numRuns: 500 });
  });

  test('damaged envelopes', () => {
    const damage = fc.array(fc.record({ at: fc.nat(300), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), damage, fc.nat(300), (seed, changes, cut) => {
        const bytes = Uint8Array.from(cut < seed.length && cut % 3 === 0 ? seed.subarray(0, cut) : seed);
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        check(bytes);
      }),
      { numRuns: 3000 },
    );
  });
});
