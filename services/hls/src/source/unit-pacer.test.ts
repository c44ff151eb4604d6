import { describe, expect, test } from 'vitest';
import { SourceClock } from './source-clock.ts';
import { MAX_AHEAD_S, UnitPacer } from './unit-pacer.ts';
import type { PacedUnit, PacerTime } from './unit-pacer.ts';

/** A pacer whose time is the test's. */
class Stage implements PacerTime {
  readonly written: number[] = [];
  private now = 1_000_000;
  private due: { readonly atMs: number; readonly run: () => void } | undefined;
  readonly pacer = new UnitPacer<PacedUnit>({
    clock: new SourceClock(),
    time: this,
    write: ({ seconds }) => this.written.push(seconds),
    failed: (error) => {
      throw error;
    },
  });

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, run: () => void): () => void {
    this.due = { atMs: this.now + delayMs, run };
    return () => (this.due = undefined);
  }

  push(...seconds: readonly number[]): void {
    this.pacer.push(seconds.map((time) => ({ seconds: time, sizeBytes: 10 })));
  }

  advance(byMs: number): void {
    const end = this.now + byMs;
    for (let next = this.due; next !== undefined && next.atMs <= end; next = this.due) {
      this.now = next.atMs;
      this.due = undefined;
      next.run();
    }
    this.now = end;
  }
}

describe('units are given on when they are due', () => {
  test('the first at once, others in their distance', () => {
    const stage = new Stage();
    stage.push(10, 10.1, 10.5);
    expect(stage.written).toEqual([10]);
    stage.advance(90);
    expect(stage.written).toEqual([10]);
    stage.advance(200);
    expect(stage.written).toEqual([10, 10.1]);
    stage.advance(400);
    expect(stage.written).toEqual([10, 10.1, 10.5]);
  });

  test('after an interruption the distances are kept', () => {
    const stage = new Stage();
    stage.push(10);
    stage.advance(5_000);
    stage.push(10.1, 10.4);
    expect(stage.written).toEqual([10, 10.1]);
    stage.advance(200);
    expect(stage.written).toHaveLength(2);
    stage.advance(200);
    expect(stage.written).toHaveLength(3);
  });

  test('a little too late is not an interruption: all at once', () => {
    const stage = new Stage();
    stage.push(10);
    stage.advance(600);
    stage.push(10.1, 10.4);
    expect(stage.written).toEqual([10, 10.1, 10.4]);
  });

  test('thousands in a row, none of them kept', () => {
    const stage = new Stage();
    stage.push(...Array.from({ length: 2_000 }, (_, index) => 10 + index / 1000));
    stage.advance(3_000);
    expect(stage.written).toHaveLength(2_000);
  });

  test('a time that is too far away is refused', () => {
    const stage = new Stage();
    stage.push(10, 10 + MAX_AHEAD_S);
    expect(() => stage.push(10.1, 10.1 + MAX_AHEAD_S)).toThrow('difference between DTS and system time is too big');
  });

  test('nothing comes after the end', () => {
    const stage = new Stage();
    stage.push(10, 10.1);
    stage.pacer.close();
    stage.push(10.2);
    stage.advance(1_000);
    expect(stage.written).toEqual([10]);
  });
});

describe('room for the next segment', () => {
  test('is there until more than two seconds wait, and again when they were given on', async () => {
    const stage = new Stage();
    await stage.pacer.room();
    stage.push(10, 11, 12, 13.5);
    let room = false;
    const waiting = stage.pacer.room().then(() => (room = true));
    await Promise.resolve();
    expect(room).toBe(false);
    stage.advance(2_500);
    await waiting;
    expect(stage.written).toEqual([10, 11, 12]);
  });

  test('is there at the end', async () => {
    const stage = new Stage();
    stage.push(10, 20, 30);
    const waiting = [stage.pacer.room(), stage.pacer.drained()];
    stage.pacer.close();
    await Promise.all(waiting);
  });

  test('the last unit is the end of everything', async () => {
    const stage = new Stage();
    stage.push(10, 11);
    let drained = false;
    const waiting = stage.pacer.drained().then(() => (drained = true));
    stage.advance(900);
    await Promise.resolve();
    expect(drained).toBe(false);
    stage.advance(200);
    await waiting;
  });
});

describe('the clock', () => {
  test('runs of a source follow each other; all playlists place a run in the same way', () => {
    const clock = new SourceClock();
    expect(clock.offsetOf(5, 1_000)).toBe(10 - 1_000);
    clock.reached(12);
    expect(clock.offsetOf(6, 0)).toBeCloseTo(12.04);
    expect(clock.offsetOf(6, 0.5)).toBeCloseTo(12.04);
    expect(clock.offsetOf(5, 1_001)).toBe(10 - 1_000);
  });
});
