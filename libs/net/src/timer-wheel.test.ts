import { describe, expect, test } from 'vitest';
import { createTimerWheel, driveTimerWheel, TimerWheel } from './timer-wheel.ts';
import { eventually } from './loopback.cases.ts';

class Setup {
  nowMs = 12_345;
  readonly wheel = new TimerWheel(() => this.nowMs);
  readonly fired: string[] = [];

  timer(delayMs: number, name: string) {
    return this.wheel.schedule(delayMs, () => this.fired.push(`${name}@${this.nowMs - 12_345}`));
  }

  /** In steps, as a driver does. */
  run(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += 100;
      this.wheel.advance();
    }
  }
}

describe('TimerWheel', () => {
  test.each([
    [0, 100],
    [1, 100],
    [100, 100],
    [101, 200],
    [51_100, 51_100],
    [51_200, 51_200],
    [51_300, 51_300],
    [3_600_000, 3_600_000],
  ])('a delay of %i ms expires at %i ms, once', (delayMs, dueMs) => {
    const setup = new Setup();
    setup.timer(delayMs, 'a');
    setup.run(dueMs - 100);
    expect(setup.fired).toEqual([]);
    setup.run(200_000);
    expect(setup.fired).toEqual([`a@${dueMs}`]);
  });

  test('a jump of the clock runs everything due, in order of time and then of scheduling', () => {
    const setup = new Setup();
    setup.timer(60_000, 'late');
    setup.timer(500, 'b');
    setup.timer(500, 'c');
    setup.timer(200, 'a');
    const far = setup.timer(120_001, 'far');
    setup.nowMs += 120_000;
    setup.wheel.advance();
    expect(setup.fired.map((name) => name.split('@')[0])).toEqual(['a', 'b', 'c', 'late']);
    expect(far.pending).toBe(true);
  });

  test('cancelled and moved timers', () => {
    const setup = new Setup();
    const a = setup.timer(300, 'a');
    const b = setup.timer(300, 'b');
    const c = setup.timer(300, 'c');
    setup.wheel.cancel(b);
    setup.wheel.cancel(b);
    expect([a.pending, b.pending]).toEqual([true, false]);
    setup.run(200);
    setup.wheel.reschedule(c, 60_000);
    setup.run(70_000);
    expect(setup.fired).toEqual(['a@300', 'c@60200']);
    setup.wheel.reschedule(a, 100);
    setup.run(100);
    expect(setup.fired.length).toBe(3);
  });

  test('a timer may cancel one that is due at the same tick, and schedule itself again', () => {
    const setup = new Setup();
    let rounds = 0;
    const again = setup.wheel.schedule(200, () => {
      rounds++;
      setup.wheel.cancel(victim);
      if (rounds < 3) setup.wheel.reschedule(again, 200);
    });
    const victim = setup.timer(200, 'victim');
    setup.timer(200, 'other');
    setup.run(2_000);
    expect(rounds).toBe(3);
    expect(setup.fired).toEqual(['other@200']);
  });

  test('what a timer throws leaves advance, the others run at the next call', () => {
    const setup = new Setup();
    setup.wheel.schedule(100, () => {
      throw new Error('first');
    });
    setup.timer(100, 'second');
    setup.nowMs += 100;
    expect(() => setup.wheel.advance()).toThrow('first');
    setup.wheel.advance();
    expect(setup.fired).toEqual(['second@100']);
  });

  test('is driven by real time until stopped', async () => {
    const wheel = createTimerWheel();
    const stop = driveTimerWheel(wheel);
    let fired = false;
    wheel.schedule(1, () => (fired = true));
    await eventually(() => expect(fired).toBe(true));
    stop();
  });
});
