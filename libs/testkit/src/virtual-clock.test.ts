import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('timers run in order, at their times, also those that others set', () => {
  const clock = new VirtualClock(1000);
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.nowMs()}`);
  clock.after(20, note('second'));
  clock.after(10, () => {
    note('first')();
    clock.after(5, note('set by first'));
  });
  clock.after(20, note('third'));
  const cancel = clock.after(15, note('cancelled'));
  clock.after(21, note('late'));
  cancel();
  clock.advance(20);
  expect(ran).toEqual(['first@1010', 'set by first@1015', 'second@1020', 'third@1020']);
  expect(clock.nowMs()).toBe(1020);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(1);
  expect(ran.at(-1)).toBe('late@1021');
});

test('a timer without delay waits for the clock to be moved', () => {
  const clock = new VirtualClock();
  let ran = false;
  clock.after(-5, () => (ran = true));
  expect(ran).toBe(false);
  clock.advance(0);
  expect(ran).toBe(true);
});
