import { expect, test } from 'vitest';
import { Congestion, MIN_EXPECTED_PACKETS, PAUSE_SECONDS } from './congestion.ts';

/** A second of a reader: packets that were sent to it, and those of them that it lost. */
type Second = readonly [expected: number, lost: number];

class Bench {
  readonly congestion = new Congestion();
  private report = { cumulativeLost: 0, extendedHighestSequenceNumber: 0xffff_ff00 };

  constructor() {
    this.play([0, 0]);
  }

  play(...seconds: readonly Second[]): void {
    for (const [expected, lost] of seconds) {
      const { cumulativeLost, extendedHighestSequenceNumber } = this.report;
      this.report = {
        cumulativeLost: cumulativeLost + lost,
        extendedHighestSequenceNumber: (extendedHighestSequenceNumber + expected) >>> 0,
      };
      this.congestion.reported(this.report);
      this.congestion.tick();
    }
  }
}

test.each<[string, readonly Second[], boolean]>([
  ['losses that can be made up for', [[200, 20], [200, 49], [200, 49]], false], // prettier-ignore
  ['one bad second', [[200, 0], [200, 180], [200, 10]], false], // prettier-ignore
  ['bad seconds in a row', [[200, 0], [200, 50], [200, 50]], true], // prettier-ignore
  ['of the fewest packets that say something', [[MIN_EXPECTED_PACKETS, 20], [MIN_EXPECTED_PACKETS, 20]], true], // prettier-ignore
  ['of fewer', [[MIN_EXPECTED_PACKETS - 1, 19], [MIN_EXPECTED_PACKETS - 1, 19]], false], // prettier-ignore
  ['numbers that run back', [[-500, 400], [-500, 400]], false], // prettier-ignore
  ['losses that were none', [[200, -100], [200, -100]], false], // prettier-ignore
])('%s', (_, seconds, congested) => {
  const bench = new Bench();
  bench.play(...seconds);
  expect(bench.congestion.isCongested).toBe(congested);
});

test('many reports within a second count as one', () => {
  const congestion = new Congestion();
  congestion.reported({ cumulativeLost: 0, extendedHighestSequenceNumber: 0 });
  congestion.tick();
  for (let i = 1; i <= 10; i++) congestion.reported({ cumulativeLost: 30 * i, extendedHighestSequenceNumber: 30 * i });
  expect(congestion.isCongested).toBe(false);
  congestion.tick();
  expect(congestion.isCongested).toBe(false);
});

test('nobody is congested who reports nothing', () => {
  const congestion = new Congestion();
  for (let i = 0; i < 5; i++) congestion.tick();
  expect(congestion.isCongested).toBe(false);
});

test('the pause ends by itself, what it brings does not count, and it can come again', () => {
  const bench = new Bench();
  for (let round = 0; round < 2; round++) {
    bench.play([200, 100], [200, 100]);
    for (let second = 0; second < PAUSE_SECONDS; second++) {
      expect(bench.congestion.isCongested).toBe(true);
      bench.play([200, 200]);
    }
    expect(bench.congestion.isCongested).toBe(false);
    bench.play([200, 100]);
    expect(bench.congestion.isCongested).toBe(false);
    bench.play([200, 0]);
  }
});
