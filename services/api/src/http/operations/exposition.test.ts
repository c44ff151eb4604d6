import { expect, test } from 'vitest';
import { decimal, sampleLine } from './exposition.ts';

test.each([
  [0, '0'],
  [-3, '-3'],
  [339.2361327046743, '339.2361327046743'],
  [1e-7, '0.0000001'],
  [-2.5e-9, '-0.0000000025'],
  [1e21, '1000000000000000000000'],
  [1.25e22, '12500000000000000000000'],
])('%d is %s', (value, text) => {
  expect(decimal(value)).toBe(text);
  expect(Number(text)).toBe(value);
});

test('labels keep their order, and are escaped', () => {
  expect(
    sampleLine(
      'm',
      [
        ['b', 'x'],
        ['a', 'q"\\\n'],
      ],
      1,
    ),
  ).toBe('m{b="x",a="q\\"\\\\\\n"} 1\n');
  expect(sampleLine('m', [], 2)).toBe('m 2\n');
});
