import { VirtualClock } from '@mediamesh/testkit';
import { describe, expect, test } from 'vitest';
import { CLEAR_AFTER_MS, NO_ALERTS, RAISE_AFTER_MS, endAlerts, look, raisedAlerts } from './alert-machine.ts';
import type { AlertStates } from './alert-machine.ts';
import { limits, video } from './health.cases.ts';

const SILENCE = limits({ maxSilence: 1_000 });

/** Looks now and then; what has changed, with its time. */
class Watch {
  readonly clock = new VirtualClock(50);
  readonly told: string[] = [];
  states: AlertStates = NO_ALERTS;

  see(silenceMs: number, seen = SILENCE, frameRate = 25): void {
    const nowMs = this.clock.nowMs();
    const { states, changes } = look(this.states, { limits: seen, tracks: [video({ silenceMs, frameRate })] }, nowMs);
    this.states = states;
    for (const change of changes) this.told.push(`${nowMs - 50} ${change.name} ${'raised' in change ? 'raised' : change.cleared}`);
  }
}

const BAD = 9_000;
const GOOD = 0;

describe('looks at given times, and what they tell', () => {
  test.each<[string, [atMs: number, silenceMs: number][], string[]]>([
    [
      'healthy',
      [
        [0, GOOD],
        [90_000, GOOD],
      ],
      [],
    ],
    [
      'passed, not for long enough',
      [
        [0, BAD],
        [RAISE_AFTER_MS - 1, BAD],
      ],
      [],
    ],
    [
      'passed for long enough',
      [
        [0, BAD],
        [RAISE_AFTER_MS, BAD],
      ],
      ['2000 maxSilence raised'],
    ],
    [
      'passed once more is nothing new',
      [
        [0, BAD],
        [2_000, BAD],
        [60_000, BAD],
      ],
      ['2000 maxSilence raised'],
    ],
    [
      'passed now and then',
      [
        [0, BAD],
        [1_000, GOOD],
        [2_000, BAD],
        [3_000, GOOD],
        [4_000, BAD],
        [5_000, BAD],
      ],
      [],
    ],
    [
      'healthy again, not for long enough',
      [
        [0, BAD],
        [2_000, BAD],
        [3_000, GOOD],
        [3_000 + CLEAR_AFTER_MS - 1, GOOD],
      ],
      ['2000 maxSilence raised'],
    ],
    [
      'healthy again',
      [
        [0, BAD],
        [2_000, BAD],
        [3_000, GOOD],
        [3_000 + CLEAR_AFTER_MS, GOOD],
      ],
      ['2000 maxSilence raised', '8000 maxSilence healthy again'],
    ],
    [
      'a stream at its limit',
      [
        [0, BAD],
        [2_000, BAD],
        [3_000, GOOD],
        [6_000, GOOD],
        [7_000, BAD],
        [8_000, GOOD],
        [12_000, GOOD],
      ],
      ['2000 maxSilence raised'],
    ],
    [
      'again after it was over',
      [
        [0, BAD],
        [2_000, BAD],
        [3_000, GOOD],
        [8_000, GOOD],
        [9_000, BAD],
        [11_000, BAD],
      ],
      ['2000 maxSilence raised', '8000 maxSilence healthy again', '11000 maxSilence raised'],
    ],
  ])('%s', (_, looks, told) => {
    const watch = new Watch();
    for (const [atMs, silenceMs] of looks) {
      watch.clock.advance(50 + atMs - watch.clock.nowMs());
      watch.see(silenceMs);
    }
    expect(watch.told).toEqual(told);
  });
});

describe('alerts', () => {
  const raised = (): Watch => {
    const watch = new Watch();
    watch.see(BAD);
    watch.clock.advance(RAISE_AFTER_MS);
    watch.see(BAD);
    expect(raisedAlerts(watch.states)).toEqual(['maxSilence']);
    return watch;
  };

  test('are apart from each other', () => {
    const both = limits({ maxSilence: 1_000, minFrameRate: 20 });
    const watch = new Watch();
    watch.see(BAD, both);
    watch.clock.advance(1_000);
    watch.see(BAD, both, 10);
    watch.clock.advance(1_000);
    watch.see(BAD, both, 10);
    watch.clock.advance(1_000);
    watch.see(BAD, both, 10);
    expect(watch.told).toEqual(['2000 maxSilence raised', '3000 minFrameRate raised']);
  });

  test('a limit that is raised above what is seen ends after a while', () => {
    const watch = raised();
    for (const _ of [0, 1]) {
      watch.see(BAD, limits({ maxSilence: BAD }));
      watch.clock.advance(CLEAR_AFTER_MS);
    }
    expect(watch.told.at(-1)).toBe('7000 maxSilence healthy again');
  });

  test('a limit that is not there any more ends at once', () => {
    const watch = raised();
    watch.see(BAD, limits({ minFrameRate: 1 }));
    expect(watch.told.at(-1)).toBe('2000 maxSilence no limit any more');
    expect(watch.states.size).toBe(0);
  });

  test('end with their stream, unless they were not raised yet', () => {
    expect(endAlerts(raised().states, 'the stream has ended')).toEqual([{ name: 'maxSilence', cleared: 'the stream has ended' }]);
    const watch = new Watch();
    watch.see(BAD);
    expect([watch.states.size, endAlerts(watch.states, 'the stream has ended')]).toEqual([1, []]);
  });

  test('of what is healthy nothing is kept', () => {
    const watch = new Watch();
    watch.see(GOOD);
    expect(watch.states.size).toBe(0);
  });
});
