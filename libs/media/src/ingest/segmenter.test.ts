import { describe, expect, test } from 'vitest';
import type { SegmentStart } from '../epoch.ts';
import { Segmenter } from './segmenter.ts';

const FRAME = 3600; // 25 fps at 90 kHz
const DURATIONS = { segmentDurationMs: 1000, partDurationMs: 200, segmentCount: 3 };
const FRESH = { firstSegment: 0, firstPart: 0, continues: false };

interface Step {
  readonly segment: number;
  readonly part: number;
  readonly start: SegmentStart | undefined;
}

function run(segmenter: Segmenter, frames: number, gop: number, from = 0, frameTicks = FRAME): Step[] {
  const steps: Step[] = [];
  for (let i = from; i < from + frames; i++) {
    const start = segmenter.advance(i * frameTicks, i % gop === 0, i * 40_000);
    steps.push({ segment: segmenter.segment, part: segmenter.part, start });
  }
  return steps;
}

function startsOf(steps: readonly Step[]): SegmentStart[] {
  return steps.flatMap((step) => step.start ?? []);
}

describe('Segmenter', () => {
  test('segments at keys after the duration, parts at the part target', () => {
    const steps = run(new Segmenter(90_000, DURATIONS, FRESH), 60, 25);
    expect(steps.map((step) => step.segment).lastIndexOf(0)).toBe(24);
    expect(steps.map((step) => step.segment).lastIndexOf(1)).toBe(49);
    expect(steps.slice(0, 26).map((step) => step.part)).toEqual([
      0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5,
    ]);
  });

  test('a key before the duration does not start a segment', () => {
    const steps = run(new Segmenter(90_000, DURATIONS, FRESH), 61, 15);
    expect(steps.flatMap((step, i) => (step.start === undefined ? [] : [i]))).toEqual([0, 30, 60]);
  });

  test('nothing starts before the first key', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, FRESH);
    expect(segmenter.advance(0, false, 0)).toBeUndefined();
    expect(segmenter.advance(90_000, false, 0)).toBeUndefined();
    expect([segmenter.segment, segmenter.part]).toEqual([0, 0]);
    expect(segmenter.advance(93_600, true, 7)).toMatchObject({ ntpUs: 7, firstSegmentInWindow: 0 });
    expect([segmenter.segment, segmenter.part]).toEqual([0, 0]);
  });

  test('units before the first key of a continued timeline belong to its last segment', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, { firstSegment: 8, firstPart: 41, continues: true });
    segmenter.advance(0, false, 0);
    expect([segmenter.segment, segmenter.part]).toEqual([7, 40]);
    segmenter.advance(FRAME, true, 0);
    expect([segmenter.segment, segmenter.part]).toEqual([8, 41]);
  });

  test('the record of a segment: window, and a target duration that never falls', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, FRESH);
    const starts = [...startsOf(run(segmenter, 100, 50)), ...startsOf(run(segmenter, 101, 25, 100))];
    expect(starts.map((start) => start.targetDurationMs)).toEqual([1000, 2000, 2000, 2000, 2000, 2000, 2000]);
    expect(starts.map((start) => start.firstSegmentInWindow)).toEqual([0, 0, 0, 0, 1, 2, 3]);
    expect(starts[1]).toEqual({
      ntpUs: 2_000_000,
      targetDurationMs: 2000,
      partTargetMs: 200,
      discontinuitySequence: 0,
      firstSegmentInWindow: 0,
    });
  });

  test('history goes on', () => {
    const history = { ntpUs: 1, targetDurationMs: 6000, partTargetMs: 215, discontinuitySequence: 4, firstSegmentInWindow: 6 };
    const segmenter = new Segmenter(90_000, DURATIONS, { firstSegment: 8, firstPart: 41, continues: true, history });
    const [first, second] = startsOf(run(segmenter, 26, 25));
    expect(first).toEqual({ ntpUs: 0, targetDurationMs: 6000, partTargetMs: 215, discontinuitySequence: 5, firstSegmentInWindow: 6 });
    expect(second).toMatchObject({ discontinuitySequence: 5, firstSegmentInWindow: 6 });
  });

  test('the part target follows the samples of the first segment, then stands', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, FRESH);
    const first = run(segmenter, 13, 12, 0, 7500); // 12 fps
    expect(first.map((step) => step.part)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
    expect(startsOf(first).map((start) => start.partTargetMs)).toEqual([200, 215]);
    const later = run(segmenter, 41, 20, 20, 90_000); // now 1 fps, and a segment each 20 s
    expect(startsOf(later).map((start) => start.partTargetMs)).toEqual([215, 215, 215]);
  });

  test('a changed duration takes effect at a segment start', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, FRESH);
    run(segmenter, 10, 25);
    segmenter.change({ segmentDurationMs: 2000, partDurationMs: 200, segmentCount: 1 });
    const steps = run(segmenter, 100, 25, 10);
    expect(steps.flatMap((step, i) => (step.start === undefined ? [] : [i + 10]))).toEqual([25, 75]);
    expect(startsOf(steps).map((start) => start.firstSegmentInWindow)).toEqual([0, 1]);
  });

  test('a clock that goes back starts a segment at the next key', () => {
    const segmenter = new Segmenter(90_000, DURATIONS, FRESH);
    run(segmenter, 1, 1, 1000);
    expect(segmenter.advance(0, false, 0)).toBeUndefined();
    expect(segmenter.advance(FRAME, true, 0)).toBeDefined();
    expect(segmenter.segment).toBe(1);
  });
});
