import { describe, expect, test } from 'vitest';
import { MAX_AHEAD_TICKS, OpusTimes } from './opus-times.ts';
import type { OpusUnit } from './opus-times.ts';

const MS = 48;
/** TOCs of CELT packets of one frame, by their milliseconds. */
const TOCS: Readonly<Record<number, number>> = { 2.5: 0xe0, 10: 0xf0, 20: 0xf8 };

/** Packets of so many milliseconds. */
const unit = (atMs: number, ...durationsMs: readonly number[]): OpusUnit => ({
  ptsTicks: atMs * MS,
  payload: (durationsMs.length === 0 ? [20] : durationsMs).map((ms) => Uint8Array.of(TOCS[ms]!)),
});

function placed(units: readonly OpusUnit[]): readonly number[] {
  const times = new OpusTimes();
  return units.map((each) => times.place(each) / MS);
}

describe('times of Opus', () => {
  test.each<readonly [string, readonly OpusUnit[], readonly number[]]>([
    ['are those of the units that follow each other', [unit(7), unit(27), unit(47)], [7, 27, 47]],
    ['rounded to milliseconds are exact again', [unit(0, 2.5), unit(3, 2.5), unit(5, 2.5), unit(8, 2.5)], [0, 2.5, 5, 7.5]],
    ['of several packets in a unit', [unit(0, 20, 20, 10), unit(51), unit(70)], [0, 50, 70]],
    ['do not jitter', [unit(0), unit(35), unit(45), unit(52), unit(80)], [0, 20, 40, 60, 80]],
    ['of packets that are stamped together', [unit(0), unit(60), unit(60), unit(60), unit(120)], [0, 60, 80, 100, 120]],
    ['skip a packet that was lost', [unit(0), unit(40), unit(60)], [0, 40, 60]],
    ['skip silence that is not sent', [unit(0), unit(20), unit(420), unit(820), unit(840)], [0, 20, 420, 820, 840]],
    ['skip the gap of a splice, and of each that follows', [unit(0), unit(120), unit(140), unit(270), unit(290)], [0, 120, 140, 270, 290]],
    ['do not go back at a splice', [unit(0, 20, 20, 20, 20, 20, 20), unit(108), unit(128)], [0, 120, 140]],
  ])('%s', (_name, units, expected) => {
    expect(placed(units)).toEqual(expected);
  });

  test('go back for nobody: what is too far behind is refused, until it is not', () => {
    const times = new OpusTimes();
    const most = MAX_AHEAD_TICKS / MS;
    expect(times.place(unit(1_000)) / MS).toBe(1_000);
    expect(times.place(unit(1_020 - most)) / MS).toBe(1_020);
    expect(() => times.place(unit(1_039 - most))).toThrow(RangeError);
    expect(times.place(unit(1_040 - most)) / MS).toBe(1_040);
    expect(times.place(unit(1_200)) / MS).toBe(1_200);
  });

  test('of units that were sent already end where the next one begins', () => {
    const times = new OpusTimes();
    expect(times.shiftFrom(unit(0))).toBe(0); // nothing was sent
    for (const each of [unit(0), unit(35), unit(55)]) times.place(each);
    expect(times.shiftFrom(unit(55)) / MS).toBe(-15);
    expect(times.shiftFrom(unit(10, 20, 20)) / MS).toBe(10);
    expect(times.shiftFrom(unit(5_000))).toBe(0); // nobody has read since
  });
});
