import { expect, test } from 'vitest';
import { CONGESTED_SECONDS, Congestion, GOOD_SECONDS, MAX_PAUSE_SECONDS, MIN_EXPECTED_PACKETS, PAUSE_SECONDS } from './congestion.ts';
import { QUEUE_US, USUAL_SECONDS } from './round-trip.ts';

const USUAL_US = 50_000;
const LONG_US = USUAL_US + QUEUE_US;

/** What a reader's second brings. */
interface Second {
  /** Packets that were sent to it, and those of them that it lost. */
  readonly expected?: number;
  readonly lost?: number;
  readonly sentBps?: number;
  /** Absent: it says nothing. */
  readonly estimateBps?: number;
  readonly roundTripUs?: number | undefined;
}

const second = (expected: number, lost: number): Second => ({ expected, lost });
/** 2 Mbit/s on a path of half of it, with a queue. */
const NARROW: Second = { sentBps: 2_000_000, estimateBps: 850_000, roundTripUs: LONG_US };
const GOOD: Second = { sentBps: 2_000_000, estimateBps: 3_000_000, roundTripUs: USUAL_US };

class Bench {
  readonly congestion = new Congestion();
  private report = { cumulativeLost: 0, extendedHighestSequenceNumber: 0xffff_ff00 };
  private octetCount = 0;

  constructor() {
    this.play({});
  }

  play(...seconds: readonly Second[]): this {
    for (const { expected = 0, lost = 0, sentBps = 0, estimateBps, roundTripUs } of seconds) {
      const { cumulativeLost, extendedHighestSequenceNumber } = this.report;
      this.report = {
        cumulativeLost: cumulativeLost + lost,
        extendedHighestSequenceNumber: (extendedHighestSequenceNumber + expected) >>> 0,
      };
      this.octetCount += sentBps / 8;
      this.congestion.reported(this.report);
      if (estimateBps !== undefined) this.congestion.estimated(estimateBps);
      this.congestion.tick({ octetCount: this.octetCount, roundTripUs });
    }
    return this;
  }

  /** Seconds until it is not congested any more. */
  pauseOf(each: Second): number {
    let seconds = 0;
    for (; this.congestion.isCongested; seconds++) this.play(each);
    return seconds;
  }
}

test.each<[string, readonly Second[], boolean]>([
  ['losses that can be made up for', [second(200, 20), second(200, 49), second(200, 49)], false],
  ['one bad second', [second(200, 0), second(200, 180), second(200, 10)], false],
  ['bad seconds in a row', [second(200, 0), second(200, 50), second(200, 50)], true],
  ['of the fewest packets that say something', [second(MIN_EXPECTED_PACKETS, 20), second(MIN_EXPECTED_PACKETS, 20)], true],
  ['of fewer', [second(MIN_EXPECTED_PACKETS - 1, 19), second(MIN_EXPECTED_PACKETS - 1, 19)], false],
  ['numbers that run back', [second(-500, 400), second(-500, 400)], false],
  ['losses that were none', [second(200, -100), second(200, -100)], false],
])('losses: %s', (_, seconds, congested) => {
  expect(new Bench().play(...seconds).congestion.isCongested).toBe(congested);
});

const times = (count: number, each: Second): readonly Second[] => new Array<Second>(count).fill(each);

test.each<[string, readonly Second[], boolean]>([
  ['less than is sent, with a queue', [NARROW, NARROW], true],
  ['for one second only', [NARROW, GOOD, NARROW, GOOD], false],
  ['less, and no queue: a picture that begins to move', times(30, { ...NARROW, roundTripUs: USUAL_US }), false],
  ['enough, with a queue: of key frames', times(30, { ...NARROW, estimateBps: 1_500_000 }), false],
  ['almost as much as is sent: frames that came late', times(30, { ...NARROW, estimateBps: 1_700_000 }), false],
  ['less, from a reader whose round trip nobody knows', times(30, { ...NARROW, roundTripUs: undefined }), false],
  ['less than was sent before: nothing is sent', times(30, { ...NARROW, sentBps: 0 }), false],
  ['none, with a queue', times(30, { sentBps: 2_000_000, roundTripUs: LONG_US }), false],
  ['less, long ago', [{ ...NARROW, roundTripUs: USUAL_US }, ...times(3, GOOD).map(({ sentBps }) => ({ sentBps: sentBps!, roundTripUs: USUAL_US })), ...times(5, { sentBps: 2_000_000, roundTripUs: LONG_US })], false], // prettier-ignore
])('an estimate of %s', (_, seconds, congested) => {
  const bench = new Bench().play(GOOD, GOOD);
  let wasCongested = false;
  for (const each of seconds) wasCongested ||= bench.play(each).congestion.isCongested;
  expect(wasCongested).toBe(congested);
});

test('a way that has become longer for good is the usual one after a while', () => {
  const bench = new Bench().play(GOOD, ...times(2 * USUAL_SECONDS, { ...GOOD, roundTripUs: LONG_US }));
  expect(bench.play(NARROW, NARROW, NARROW).congestion.isCongested).toBe(false);
  const queue = { ...NARROW, roundTripUs: LONG_US + QUEUE_US };
  expect(bench.play(queue, queue).congestion.isCongested).toBe(true);
});

test('many reports within a second count as one', () => {
  const congestion = new Congestion();
  const tick = (): void => congestion.tick({ octetCount: 0, roundTripUs: undefined });
  congestion.reported({ cumulativeLost: 0, extendedHighestSequenceNumber: 0 });
  tick();
  for (let i = 1; i <= 10; i++) congestion.reported({ cumulativeLost: 30 * i, extendedHighestSequenceNumber: 30 * i });
  expect(congestion.isCongested).toBe(false);
  tick();
  expect(congestion.isCongested).toBe(false);
});

test('nobody is congested who reports nothing', () => {
  const congestion = new Congestion();
  for (let i = 0; i < 5; i++) congestion.tick({ octetCount: 250_000 * i, roundTripUs: undefined });
  expect(congestion.isCongested).toBe(false);
});

test.each<[string, Second]>([
  ['losses', second(200, 100)],
  ['estimates', NARROW],
])('of %s: the pause ends by itself, what it brings does not count, and it can come again', (_, bad) => {
  const bench = new Bench().play(GOOD);
  for (let round = 0; round < 2; round++) {
    bench.play(bad, bad);
    expect(bench.pauseOf({ ...bad, expected: 200, lost: 200 })).toBe(PAUSE_SECONDS);
    expect(bench.play(bad).congestion.isCongested).toBe(false);
    bench.play(...times(GOOD_SECONDS, GOOD));
  }
});

test('pauses grow while the path does not carry the stream, and begin small when it has', () => {
  const bench = new Bench().play(GOOD);
  const pauses = Array.from({ length: 5 }, () => bench.play(...times(CONGESTED_SECONDS, NARROW)).pauseOf(NARROW));
  expect(pauses).toEqual([2, 4, 8, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]);
  bench.play(...times(GOOD_SECONDS, GOOD), ...times(CONGESTED_SECONDS, NARROW));
  expect(bench.pauseOf(NARROW)).toBe(PAUSE_SECONDS);
});
