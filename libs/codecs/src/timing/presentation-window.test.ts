import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PresentationWindow, frameTicks } from './presentation-window.ts';

/** 40 ms. */
const FRAME = 3600;

function run(order: readonly number[], depth: number, prepare: (window: PresentationWindow) => void = () => undefined): number[] {
  const window = new PresentationWindow(90_000);
  prepare(window);
  return order.map((position) => window.push(position * FRAME, depth) / FRAME);
}

describe('PresentationWindow', () => {
  test.each([
    ['no reordering', [0, 1, 2, 3], 0, [0, 1, 2, 3]],
    ['one B-frame', [0, 2, 1, 4, 3], 1, [-1, 0, 1, 2, 3]],
    ['a pyramid', [0, 4, 2, 1, 3, 8, 6, 5, 7], 2, [-2, -1, 0, 1, 2, 3, 4, 5, 6]],
    ['a depth that is not used', [0, 1, 2, 3, 4], 2, [-2, -1, 0, 1, 2]],
    ['a lost picture', [0, 4, 2, 3, 8, 6, 5, 7], 2, [-2, -1, 0, 2, 3, 4, 5, 6]],
  ])('%s', (_, order, depth, expected) => {
    expect(run(order, depth)).toEqual(expected);
  });

  test('a depth that was not known is learnt from the times, once', () => {
    const dts = run([0, 2, 1, 4, 3, 6, 5], 0);
    expect(dts.slice(0, 4)).toEqual([0, 2, 2, 2.025]); // a millisecond is 0.025 frames
    expect(dts.slice(4)).toEqual([3, 4, 5]);
  });

  test('a codec that reorders nothing learns nothing from a time that goes back', () => {
    expect(run([0, 1, 0.5, 2, 3], 0, (window) => (window.inOrder = true))).toEqual([0, 1, 1, 2, 3]);
  });

  test('the frame rate of the stream places the first unit', () => {
    expect(run([0, 2, 1], 1, (window) => (window.frameTicks = 1800))[0]).toBe(-0.5);
  });

  test('frame rates are believed within limits', () => {
    expect([undefined, 0.9, 1, 25, 1000, 1001].map((fps) => frameTicks(fps, 90_000))).toEqual([
      undefined,
      undefined,
      90_000,
      3600,
      90,
      undefined,
    ]);
  });

  test('a clock that went back holds DTS, and a clock that jumped ahead goes on', () => {
    const forward = Array.from({ length: 40 }, (_, i) => 1000 + i);
    const dts = run([...forward, ...Array.from({ length: 20 }, (_, i) => i), 2000, 2001], 0);
    expect(dts.slice(40, 60).every((time) => time === 1039)).toBe(true);
    expect(dts.slice(60)).toEqual([2000, 2001]);
  });

  test('DTS never decreases, and stays at or before PTS where the depth is right', () => {
    const shuffled = fc
      .tuple(fc.integer({ min: 0, max: 16 }), fc.array(fc.nat(16), { minLength: 1, maxLength: 60 }))
      .map(([depth, picks]) => ({ depth, order: reordered(depth, picks) }));
    fc.assert(
      fc.property(shuffled, ({ depth, order }) => {
        const dts = run(order, depth);
        for (const [i, time] of dts.entries()) {
          expect(time).toBeLessThanOrEqual(order[i]! + 1e-9);
          if (i > 0) expect(time).toBeGreaterThanOrEqual(dts[i - 1]!);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Positions in an order where at most `depth` are decoded before one and displayed after it; the first one is displayed first. */
function reordered(depth: number, picks: readonly number[]): number[] {
  const order = [0];
  const waiting: number[] = picks.map((_, i) => i + 1);
  const early: number[] = [];
  for (const pick of picks) {
    const next = early.length < depth ? pick % (depth - early.length + 1) : 0;
    const [position] = waiting.splice(Math.min(next, waiting.length - 1), 1);
    order.push(position!);
    early.push(position!);
    for (let i = early.length - 1; i >= 0; i--) if (waiting.length === 0 || early[i]! < waiting[0]!) early.splice(i, 1);
  }
  return order;
}
