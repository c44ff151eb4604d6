import { describe, expect, test } from 'vitest';
import { MAX_PART_TARGET_MS, MAX_SAMPLE_DURATIONS, PartTarget, partTargetFor } from './part-target.ts';

describe('partTargetFor', () => {
  test.each<[string, number, number[], number]>([
    ['no sample yet', 200, [], 200],
    ['25 fps', 200, [40_000_000], 200],
    ['30 fps', 200, [33_333_333], 200],
    ['24 fps: 5 of 41.67 ms would be 208 ms', 200, [41_666_666], 200],
    ['5 fps', 100, [200_000_000], 200],
    ['3 fps: 2 of 333 ms, filled by 85 % from 570 ms', 200, [333_333_333], 570],
    ['12 fps: 3 of 83.3 ms fill 250 ms', 200, [83_333_333], 215],
    ['two durations', 200, [33_333_333, 83_333_333], 215],
    ['a second', 200, [1_000_000_000], 1000],
    ['longer than any part', 200, [6_000_000_000], MAX_PART_TARGET_MS],
  ])('%s', (_, minMs, durationsNs, ms) => {
    expect(partTargetFor(minMs, durationsNs)).toBe(ms);
  });
});

describe('PartTarget', () => {
  test('rises with what it sees until it is frozen', () => {
    const target = new PartTarget(200);
    expect(target.targetMs).toBe(200);
    target.observe(0, 90_000);
    target.observe(-3000, 90_000);
    target.observe(3000, 90_000);
    expect(target.targetMs).toBe(200);
    target.observe(30_000, 90_000);
    expect(target.targetMs).toBe(570);
    target.freeze();
    target.observe(90_000, 90_000);
    expect(target.targetMs).toBe(570);
  });

  test('a continued one is frozen from the start', () => {
    const target = new PartTarget(200, 570);
    target.observe(90_000, 90_000);
    expect(target.targetMs).toBe(570);
  });

  test('a changed configuration counts with what was observed, and stays frozen', () => {
    const target = new PartTarget(200);
    target.observe(30_000, 90_000);
    target.freeze();
    target.change(200);
    expect(target.targetMs).toBe(570);
    target.change(600);
    expect(target.targetMs).toBe(600);
    target.observe(90_000, 90_000);
    expect(target.targetMs).toBe(600);
  });

  test('a changed configuration of a continued one is derived anew', () => {
    const target = new PartTarget(200, 570);
    target.change(100);
    expect(target.targetMs).toBe(100);
    target.observe(18_000, 90_000);
    expect(target.targetMs).toBe(200);
  });

  test('takes a bounded number of durations', () => {
    const target = new PartTarget(1);
    for (let i = 1; i <= MAX_SAMPLE_DURATIONS; i++) target.observe(i, 90_000);
    const before = target.targetMs;
    target.observe(90_000, 90_000);
    expect(target.targetMs).toBe(before);
  });
});
