import { expect, test } from 'vitest';
import { MessageClock } from './message-clock.ts';
import type { ClockedTrack } from './message-clock.ts';

/** Times of messages `[track, timestamp]`, and how often they began anew. */
function timesOf(messages: readonly (readonly [track: 'v' | 'a', timestampMs: number])[]): {
  readonly times: number[];
  readonly restarts: number;
} {
  const clock = new MessageClock();
  const tracks: Record<string, ClockedTrack> = { v: { lastMs: undefined }, a: { lastMs: undefined } };
  let restarts = 0;
  const times = messages.map(([track, timestampMs]) => clock.timeMs(timestampMs >>> 0, tracks[track]!, () => restarts++));
  return { times, restarts };
}

test.each([
  [
    'the first is 0, whatever it says',
    [
      ['v', 5_000],
      ['v', 5_040],
    ],
    [0, 40],
    0,
  ],
  [
    'tracks share the timeline',
    [
      ['v', 100],
      ['a', 90],
      ['v', 140],
      ['a', 111],
    ],
    [0, -10, 40, 11],
    0,
  ],
  [
    '32 bits wrap',
    [
      ['v', 0xffff_fff0],
      ['a', 0xffff_fffa],
      ['v', 0x10],
      ['a', 0x20],
    ],
    [0, 10, 32, 48],
    0,
  ],
  [
    'times before 0, as ffmpeg has them',
    [
      ['a', -23],
      ['v', 0],
      ['a', 0],
    ],
    [0, 23, 23],
    0,
  ],
  [
    'a gap stays one',
    [
      ['v', 0],
      ['v', 60_000],
    ],
    [0, 60_000],
    0,
  ],
  [
    'small steps back are no restart',
    [
      ['v', 1_000],
      ['v', 960],
      ['v', 1_040],
    ],
    [0, -40, 40],
    0,
  ],
  [
    'who begins anew goes on',
    [
      ['v', 50_000],
      ['a', 50_010],
      ['v', 0],
      ['a', 10],
      ['v', 40],
    ],
    [0, 10, 10, 20, 50],
    1,
  ],
  [
    'a track that begins far from the other is no restart',
    [
      ['v', 100_000],
      ['a', 0],
      ['v', 100_040],
      ['a', 20],
    ],
    [0, -100_000, 40, -99_980],
    0,
  ],
] as const)('%s', (_, messages, times, restarts) => {
  expect(timesOf(messages)).toEqual({ times, restarts });
});

test('three wraps', () => {
  const clock = new MessageClock();
  const track: ClockedTrack = { lastMs: undefined };
  const step = 2 ** 30;
  let expected = 0;
  for (let i = 0; i < 13; i++) {
    expect(clock.timeMs((i * step) % 2 ** 32, track, () => expect.unreachable())).toBe(expected);
    expected += step;
  }
});
