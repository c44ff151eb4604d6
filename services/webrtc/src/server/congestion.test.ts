import { expect, test } from 'vitest';
import { CONGESTED_FRACTION, Congestion, PAUSE_SECONDS } from './congestion.ts';

const LIMIT = CONGESTED_FRACTION;

test.each([
  ['losses that can be made up for', [26, LIMIT - 1, 26, LIMIT - 1], false],
  ['one bad moment', [0, LIMIT, 0, 255, 0], false],
  ['bad reports in a row', [0, LIMIT, LIMIT], true],
  ['everything is lost', [255, 255], true],
])('%s', (_, reports, congested) => {
  const congestion = new Congestion();
  for (const fraction of reports) congestion.reported(fraction);
  expect(congestion.isCongested).toBe(congested);
});

test('the pause ends by itself, reports within it are of the past, and it can come again', () => {
  const congestion = new Congestion();
  for (let round = 0; round < 2; round++) {
    congestion.reported(255);
    congestion.reported(255);
    for (let second = 0; second < PAUSE_SECONDS; second++) {
      expect(congestion.isCongested).toBe(true);
      congestion.reported(255);
      congestion.tick();
    }
    expect(congestion.isCongested).toBe(false);
    congestion.reported(255);
    expect(congestion.isCongested).toBe(false);
    congestion.reported(0);
  }
});
