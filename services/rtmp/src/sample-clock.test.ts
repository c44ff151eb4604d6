import { expect, test } from 'vitest';
import { SampleClock } from './sample-clock.ts';

test('frames of AAC, whose times are rounded to milliseconds, are one behind the other', () => {
  const clock = new SampleClock(44_100);
  const frameTicks = 1_024;
  for (let frame = 0; frame < 2_000; frame++) {
    const roundedMs = Math.round((frame * frameTicks * 1000) / 44_100);
    expect(clock.place(Math.round((roundedMs * 44_100) / 1000), frameTicks)).toBe(frame * frameTicks);
  }
});

test('a gap, and a step back, stay what they are', () => {
  const clock = new SampleClock(48_000);
  expect(clock.place(0, 1_024)).toBe(0);
  expect(clock.place(1_008, 1_024)).toBe(1_024);
  expect(clock.place(48_000, 1_024)).toBe(48_000);
  expect(clock.place(10_000, 1_024)).toBe(10_000);
  expect(clock.place(11_040, 1_024)).toBe(11_024);
});

test('two milliseconds are rounding, more is not', () => {
  const clock = new SampleClock(48_000);
  clock.place(0, 960);
  expect(clock.place(960 + 96, 960)).toBe(960);
  expect(clock.place(1_920 + 97, 960)).toBe(1_920 + 97);
});

test('without a duration nothing is expected', () => {
  const clock = new SampleClock(48_000);
  clock.place(0, undefined);
  expect(clock.place(10, 960)).toBe(10);
});
