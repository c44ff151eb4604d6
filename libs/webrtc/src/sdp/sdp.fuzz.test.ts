import { readFileSync } from 'node:fs';
import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseAnswer } from './answer-parser.ts';
import { parseOffer } from './offer.ts';

const RUNS = 1_000;
const CANDIDATES = 'a=candidate:10 1 udp 2130706431 192.0.2.1 8189 typ host\na=candidate:11 1 udp 1 2001:db8::1 8189 typ srflx';
const LINES = `${readFileSync(new URL('testdata/chromium-reader.sdp', import.meta.url), 'utf8')}${CANDIDATES}`.split('\n');
const MEDIAS = LINES.filter((line) => line.startsWith('m=')).length;

/** It is read, or refused as malformed; nothing else. */
function check(text: string): void {
  for (const parse of [parseOffer, (answer: string) => parseAnswer(answer, MEDIAS)]) {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
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
