import { expect, test } from 'vitest';
import { describeJsonProblem } from './json-problem.ts';

const END = 'unexpected end of JSON input';

// As MediaMTX v1.20.1 answers each of these.
test.each([
  ['', END],
  ['  ', END],
  ['{', END],
  ['[', END],
  ['{"a', END],
  ['{"a":1', END],
  ['"\\', END],
  ['x', "invalid character 'x' looking for beginning of value"],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['\u00c3\u00a9', "invalid character '\u00c3' looking for beginning of value"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ["{'a'}", String.raw`invalid character '\'' looking for beginning of object key string`],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  [String.raw`"\x`, "invalid character 'x' in string escape code"],
  [String.raw`"\u12g4"`, String.raw`invalid character 'g' in \u hexadecimal character escape`],
  ['"a\tb"', String.raw`invalid character '\t' in string literal`],
  ['tru', "invalid character ' ' in literal true (expecting 'e')"],
  ['{"a":trux}', "invalid character 'x' in literal true (expecting 'e')"],
  ['-', "invalid character ' ' in numeric literal"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ['1e+', "invalid character ' ' in exponent of numeric literal"],
  ['01', "invalid character '1' after top-level value"],
  ['{} trailing', "invalid character 't' after top-level value"],
])('%s: %s', (text, problem) => {
  expect(() => JSON.parse(text) as unknown).toThrow();
  expect(describeJsonProblem(text)).toBe(problem);
});

test('nesting is followed to its cap, and no deeper', () => {
  expect(describeJsonProblem('['.repeat(64))).toBe(END);
  expect(describeJsonProblem('['.repeat(65))).toBe('exceeded max depth');
  expect(describeJsonProblem('['.repeat(1_000_000))).toBe('exceeded max depth');
});
