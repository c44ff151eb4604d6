import { readFileSync } from 'node:fs';
import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseOffer } from './offer.ts';

const RUNS = 1_000;
const LINES = readFileSync(new URL('testdata/chromium-reader.sdp', import.meta.url), 'utf8').split('\n');

/** It is read, or refused as malformed; nothing else. */
function check(text: string): void {
  try {
    parseOffer(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
  }
}

test('lines that are missing, repeated, cut, or changed', () => {
  const change = fc.record({ at: fc.nat(LINES.length - 1), how: fc.nat(3), text: fc.string({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const lines = [...LINES];
      for (const { at, how, text } of changes) {
        if (how === 0) lines[at] = '';
        else if (how === 1) lines.push(LINES[at]!);
        else if (how === 2) lines[at] = LINES[at]!.substring(0, text.length);
        else lines[at] = `${LINES[at]!.substring(0, 8)}${text.replaceAll('\n', ' ')}`;
      }
      check(lines.join('\n'));
    }),
    { numRuns: RUNS },
  );
});
