import { expect, test } from 'vitest';
import { ClockDrift, MAX_DRIFT_STEP_US } from './clock-drift.ts';

const PERIOD_US = 5_000_000;

function ppmOf(leads: readonly number[]): number | null {
  const drift = new ClockDrift();
  leads.forEach((leadUs, index) => drift.add(leadUs, index * PERIOD_US));
  return drift.ppm();
}

/** A sender's clock that is fast by `ppm`. */
const steady = (ppm: number, periods: number): number[] => Array.from({ length: periods }, (_, i) => i * PERIOD_US * (ppm / 1e6));

test.each<[string, number[], number | null]>([
  ['nothing is known', [], null],
  ['less than half a minute', steady(100, 5), null],
  ['half a minute', steady(100, 6), 100],
  ['no drift', steady(0, 24), 0],
  ['a slow sender', steady(-350, 24), -350],
  ['only the last two minutes count', [...steady(1_000, 100).map((lead) => lead - 500_000), ...steady(-40, 24)], -40],
  ['periods that the network delayed', steady(50, 24).map((lead, i) => (i % 2 === 1 ? lead - 80_000 : lead)), 50],
  ['the last period was delayed', [...steady(50, 23), -200_000], 50],
  ['a step that is a clock', [0, 0, 0, 0, 0, MAX_DRIFT_STEP_US], 20_000],
  ['one past it begins anew', [0, 0, 0, 0, 0, MAX_DRIFT_STEP_US + 1], null],
  ['and goes on from there', [0, 0, 0, ...steady(70, 6).map((lead) => lead - 60_000_000)], 70],
])('%s', (_, leads, ppm) => {
  expect(ppmOf(leads)).toBe(ppm);
});
