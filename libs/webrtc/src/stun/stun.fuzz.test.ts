import { readFileSync } from 'node:fs';
import { ParseError, bytesFromHex } from '@mediamesh/bytes';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseStunMessage } from './stun-message.ts';
import { RFC_5769_REQUEST } from './stun.cases.ts';

const RUNS = 2_000;

/** A line an input in hexadecimal; lines of `#` say what they are. */
const CORPUS = readFileSync(new URL('testdata/stun.hex', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(bytesFromHex);

/** It is read, or refused as malformed; nothing else. */
function check(bytes: Uint8Array): void {
  try {
    parseStunMessage(bytes);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
  }
}

test('the stored corpus', () => {
  for (const bytes of CORPUS) check(bytes);
});

test('changed messages', () => {
  const seeds = fc.constantFrom(RFC_5769_REQUEST, ...CORPUS);
  fc.assert(
    fc.property(seeds, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }), (seed, changes) => {
      const bytes = new Uint8Array(seed);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      check(bytes);
    }),
    { numRuns: RUNS },
  );
});
