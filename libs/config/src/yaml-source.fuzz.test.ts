import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfigText } from './config-file.ts';
import { resolveConfig } from './resolve.ts';

const PIECES = [
  'paths:',
  '\n',
  '\n  ',
  '\n    ',
  'cam: ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '&a ',
  '*a',
  '<<: ',
  '"',
  "'",
  '~',
  '? ',
  '| ',
  '!!int ',
  '---\n',
];
const WORDS = [
  'api: yes',
  'source: ',
  'rtsp://h',
  'authInternalUsers:',
  'user: ',
  'forward: ',
  'dest: ',
  '0x1',
  '1e9',
  'null',
  '10s',
  '#',
  '\t',
  '\0',
];

const text = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...PIECES, ...WORDS) }, fc.string({ maxLength: 4 })), {
  maxLength: 30,
});

test('any text is either a configuration or refused with a ConfigError', () => {
  fc.assert(
    fc.property(text, (pieces) => {
      try {
        resolveConfig(parseConfigText(pieces.join('')));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 2000 },
  );
});
