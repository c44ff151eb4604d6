import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSessionDescription, serializeSessionDescription } from './index.ts';
import { FORMAT_CASES, MALFORMED, SDP_CASES } from './session-description.cases.ts';

const corpus = [...SDP_CASES.map((one) => one.text), ...MALFORMED.map(([, text]) => text)];
const lines = [
  ...new Set(corpus.flatMap((text) => text.split(/[\r\n]+/))),
  ...FORMAT_CASES.flatMap((one) => [
    `m=${one.media} 0 RTP/AVP ${one.payloadType}`,
    `a=rtpmap:${one.payloadType} ${one.rtpMap ?? ''}`,
    `a=fmtp:${one.payloadType} ${one.fmtp ?? ''}`,
  ]),
];

function readOrRefuse(text: string): void {
  let written: string;
  try {
    written = serializeSessionDescription(parseSessionDescription(text));
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    return;
  }
  expect(serializeSessionDescription(parseSessionDescription(written))).toBe(written);
}

test('any lines in any order are read or refused, and what is read can be written', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...lines), fc.string({ maxLength: 40 })), { maxLength: 30 }), (chosen) =>
      readOrRefuse(chosen.join('\n')),
    ),
    { numRuns: 2000 },
  );
});

test('any damage to a real description is read or refused', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...corpus),
      fc.nat(),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.nat(12),
      (text, at, inserted, removed) => {
        const position = at % (text.length + 1);
        readOrRefuse(text.substring(0, position) + inserted + text.substring(position + removed));
      },
    ),
    { numRuns: 2000 },
  );
});
