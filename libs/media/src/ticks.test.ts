import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { microsFromTicks, ticksFromMicros } from './ticks.ts';

describe('ticks and microseconds', () => {
  test.each([
    [0, 90_000, 0],
    [90_000, 90_000, 1_000_000],
    [1, 90_000, 11],
    [-90_000, 90_000, -1_000_000],
    [-1, 90_000, -11],
    [90_000 * 86_400 * 36_500 + 45, 90_000, 86_400 * 36_500 * 1_000_000 + 500],
  ])('%i ticks of %i Hz are %i us', (ticks, rate, micros) => {
    expect(microsFromTicks(ticks, rate)).toBe(micros);
  });

  test('ticks survive the way there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 45 }), fc.constantFrom(8000, 44_100, 48_000, 90_000), (ticks, rate) => {
        expect(ticksFromMicros(microsFromTicks(ticks, rate), rate)).toBe(ticks);
      }),
    );
  });
});
