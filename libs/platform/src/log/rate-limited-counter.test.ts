import { describe, expect, test } from 'vitest';
import { RateLimitedCounter } from './rate-limited-counter.ts';

describe('RateLimitedCounter', () => {
  function open(): { counter: RateLimitedCounter; reports: [number, string | undefined][]; armed: () => number; fire: () => void } {
    const reports: [number, string | undefined][] = [];
    const timers = new Set<() => void>();
    const counter = new RateLimitedCounter(
      (count, cause) => reports.push([count, cause]),
      (delayMs, callback) => {
        expect(delayMs).toBe(1000);
        timers.add(callback);
        return () => timers.delete(callback);
      },
    );
    const fire = (): void => {
      for (const timer of [...timers]) {
        timers.delete(timer);
        timer();
      }
    };
    return { counter, reports, armed: () => timers.size, fire };
  }

  test('reports the sum of each second', () => {
    const { counter, reports, armed, fire } = open();
    counter.add(1);
    counter.add(2);
    expect([reports.length, armed()]).toEqual([0, 1]);
    fire();
    counter.add(5);
    fire();
    expect(reports).toEqual([
      [3, undefined],
      [5, undefined],
    ]);
  });

  test('reports nothing, and holds no timer, when there is nothing', () => {
    const { counter, reports, armed, fire } = open();
    counter.add(0);
    counter.add(-1);
    expect(armed()).toBe(0);
    counter.add(1);
    fire();
    fire();
    expect([reports.length, armed()]).toEqual([1, 0]);
  });

  test('reports the last cause of the second', () => {
    const { counter, reports, fire } = open();
    counter.add(1, 'first');
    counter.add(1, 'second');
    counter.add(1);
    fire();
    counter.add(1);
    fire();
    expect(reports).toEqual([
      [3, 'second'],
      [1, undefined],
    ]);
  });

  test('reports nothing after stop', () => {
    const { counter, reports, armed, fire } = open();
    counter.add(1, 'cause');
    counter.stop();
    fire();
    expect([reports.length, armed()]).toEqual([0, 0]);
    counter.add(2);
    fire();
    expect(reports).toEqual([[2, undefined]]);
  });
});
