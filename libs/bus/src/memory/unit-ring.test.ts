import { expect, test } from 'vitest';
import { SyntheticEpoch } from '../testing/synthetic-epoch.ts';
import { UnitRing } from './unit-ring.ts';

test('positions stay while the ring grows and turns', () => {
  const source = new SyntheticEpoch('cam', 1);
  const ring = new UnitRing();
  for (let position = 0; position < 1000; position += 1) {
    ring.push(source.delta());
    if (position % 7 === 0) ring.dropTo(Math.floor(position / 2));
    for (const p of [ring.start, Math.floor((ring.start + position) / 2), position]) expect(ring.at(p)?.number).toBe(p);
    expect(ring.at(ring.start - 1)).toBeUndefined();
    expect(ring.at(position + 1)).toBeUndefined();
  }
  ring.dropTo(ring.end);
  expect(ring.at(999)).toBeUndefined();
  expect([ring.start, ring.end]).toEqual([1000, 1000]);
});
