import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BusUnit } from '../epoch.ts';
import { busUnit } from '../testing.cases.ts';
import { retimeToLiveEdge } from './retime.ts';

function units(times: readonly (readonly [dts: number, pts: number])[]): BusUnit[] {
  return times.map(([dtsTicks, ptsTicks], number) => busUnit({ number, dtsTicks, ptsTicks, ntpUs: 1_000_000, key: number === 0 }));
}

function timesOf(list: readonly BusUnit[]): number[][] {
  return list.map((unit) => [unit.dtsTicks, unit.ptsTicks]);
}

const CASES: { name: string; rate: number; input: [number, number][]; output: number[][] }[] = [
  { name: 'nothing', rate: 90_000, input: [], output: [] },
  { name: 'one unit', rate: 90_000, input: [[500, 500]], output: [[500, 500]] },
  {
    name: 'constant frame rate',
    rate: 90_000,
    input: [
      [0, 0],
      [3000, 3000],
      [6000, 6000],
    ],
    output: [
      [5820, 5820],
      [5910, 5910],
      [6000, 6000],
    ],
  },
  {
    name: 'B-frames: what is shown after the edge keeps its time',
    rate: 90_000,
    input: [
      [0, 3000], // I0
      [3000, 12000], // P3
      [6000, 6000], // B1
      [9000, 9000], // B2
      [12000, 21000], // P6
    ],
    output: [
      [11640, 11730],
      [11730, 12000],
      [11820, 11820],
      [11910, 11910],
      [12000, 21000],
    ],
  },
  {
    name: 'a clock whose tick is longer than the step',
    rate: 500,
    input: [
      [0, 0],
      [20, 20],
      [40, 40],
    ],
    output: [
      [38, 38],
      [39, 39],
      [40, 40],
    ],
  },
  {
    name: 'units that are denser than the steps',
    rate: 90_000,
    input: [
      [0, 0],
      [10, 10],
      [20, 20],
    ],
    output: [
      [0, 0],
      [10, 10],
      [20, 20],
    ],
  },
];

/** Units in decoding order with strictly rising DTS, any reordering, any jitter. */
const streams = fc
  .record({
    clockRateHz: fc.constantFrom(1000, 44_100, 48_000, 90_000),
    start: fc.integer({ min: -1000, max: 2 ** 40 }),
    frames: fc.array(fc.record({ gap: fc.integer({ min: 1, max: 9000 }), delay: fc.integer({ min: 0, max: 20_000 }) }), {
      minLength: 1,
      maxLength: 80,
    }),
    next: fc.record({ gap: fc.integer({ min: 1, max: 9000 }), delay: fc.integer({ min: 0, max: 20_000 }) }),
  })
  .map(({ clockRateHz, start, frames, next }) => {
    let dts = start;
    const times = frames.map(({ gap, delay }) => [(dts += gap), dts + delay] as const);
    return { clockRateHz, times, live: [dts + next.gap, dts + next.gap + next.delay] as const };
  });

describe('retimeToLiveEdge', () => {
  test.each(CASES)('$name', ({ rate, input, output }) => {
    expect(timesOf(retimeToLiveEdge(units(input), rate))).toEqual(output);
  });

  test('wall clock moves with PTS; the rest is kept', () => {
    const [first] = retimeToLiveEdge(
      units([
        [0, 0],
        [9000, 9000],
      ]),
      90_000,
    );
    expect(first).toEqual(busUnit({ dtsTicks: 8910, ptsTicks: 8910, ntpUs: 1_099_000 }));
  });

  test('DTS strictly rise by 1 ms at least, PTS >= DTS, display order and live edge hold', () => {
    fc.assert(
      fc.property(streams, ({ clockRateHz, times, live }) => {
        const before = units(times);
        const after = retimeToLiveEdge(before, clockRateHz);
        expect(after).toHaveLength(before.length);
        expect(after.at(-1)!.dtsTicks).toBe(before.at(-1)!.dtsTicks);
        const shown = [...times, live].map(([, pts], i) => ({ pts, retimed: after[i]?.ptsTicks ?? live[1] })).sort((a, b) => a.pts - b.pts);
        for (let i = 1; i < shown.length; i++) {
          const order = Math.sign(shown[i]!.pts - shown[i - 1]!.pts);
          expect(Math.sign(shown[i]!.retimed - shown[i - 1]!.retimed)).toBe(order);
        }
        for (let i = 0; i < after.length; i++) {
          const unit = after[i]!;
          expect(unit.ptsTicks).toBeGreaterThanOrEqual(unit.dtsTicks);
          expect(unit.dtsTicks).toBeLessThan(live[0]);
          if (i > 0 && after !== before) {
            expect((unit.dtsTicks - after[i - 1]!.dtsTicks) * 1000).toBeGreaterThanOrEqual(clockRateHz);
          }
        }
      }),
    );
  });
});
