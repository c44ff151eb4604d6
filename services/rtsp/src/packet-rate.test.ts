import { expect, test } from 'vitest';
import { PacketRate } from './packet-rate.ts';

test('the rate of the last seconds, and 0 when nothing came for a while', () => {
  const rate = new PacketRate();
  expect(rate.at(10_000)).toBe(0);
  let nowMs = 10_000;
  for (; nowMs <= 14_000; nowMs += 100) rate.add(5, nowMs);
  expect(rate.at(nowMs)).toBeCloseTo(50);
  expect(rate.at(nowMs + 3_000)).toBeCloseTo(50);
  expect(rate.at(nowMs + 5_000)).toBe(0);
  rate.add(5, nowMs + 60_000);
  expect(rate.at(nowMs + 60_000)).toBe(0);
});
