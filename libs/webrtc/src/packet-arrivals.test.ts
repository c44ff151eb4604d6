import { parseRtcpCompound, serializeRtcpCompound } from '@mediamesh/rtp';
import type { TransportWideFeedback } from '@mediamesh/rtp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ARRIVALS, PacketArrivals } from './packet-arrivals.ts';

const START_US = 1_000_000_000;
const MIN_INTERVAL_US = 50_000;
const MAX_DATAGRAM_BYTES = 1_200;

/** Numbers modulo 2^16, and when they come, in ms. */
type Arrival = readonly [transportSequence: number, atMs: number];

/** A publisher's packets and what it is told. */
class Bench {
  readonly arrivals = new PacketArrivals(9);
  readonly messages: TransportWideFeedback[] = [];
  sizeBytes = 1_000;

  play(...arrivals: readonly Arrival[]): this {
    for (const [transportSequence, atMs] of arrivals) {
      const packet = { transportSequence, ssrc: 7, sizeBytes: this.sizeBytes };
      this.messages.push(...this.arrivals.received(packet, START_US + atMs * 1_000));
    }
    return this;
  }

  tick(atMs: number): this {
    this.messages.push(...this.arrivals.tick(START_US + atMs * 1_000));
    return this;
  }

  /** Arrivals in ms by number, as the last message for each tells them; undefined: lost. */
  get told(): Record<number, number | undefined> {
    const told: Record<number, number | undefined> = {};
    for (const { baseSequenceNumber, referenceTime, deltas } of this.messages) {
      let ticks = referenceTime * 256;
      deltas.forEach((delta, index) => {
        ticks += delta ?? 0;
        told[(baseSequenceNumber + index) & 0xffff] = delta === undefined ? undefined : ticks / 4 - START_US / 1_000;
      });
    }
    return told;
  }
}

test.each<[string, readonly Arrival[], Record<number, number | undefined>]>([
  ['in order', [[5, 0], [6, 10.25], [7, 10.25], [8, 20.5]], { 5: 0, 6: 10.25, 7: 10.25, 8: 20.5 }], // prettier-ignore
  [
    'with a gap',
    [
      [5, 0],
      [9, 1],
    ],
    { 5: 0, 6: undefined, 7: undefined, 8: undefined, 9: 1 },
  ],
  ['out of order', [[5, 0], [7, 3], [6, 4]], { 5: 0, 6: 4, 7: 3 }], // prettier-ignore
  ['over the highest number', [[0xfffe, 0], [0xffff, 1], [1, 2]], { 0xfffe: 0, 0xffff: 1, 0: undefined, 1: 2 }], // prettier-ignore
  [
    'before the first',
    [
      [0, 0],
      [0xffff, 1],
    ],
    { 0: 0, 0xffff: 1 },
  ],
  [
    'twice: the first time counts',
    [
      [5, 0],
      [5, 30],
    ],
    { 5: 0 },
  ],
  [
    'far apart in time',
    [
      [5, 0],
      [6, 9_000],
    ],
    { 5: 0, 6: 9_000 },
  ],
])('packets that come %s', (_, arrivals, told) => {
  expect(new Bench().play(...arrivals).tick(20_000).told).toEqual(told);
});

test('messages follow each other: what is told of once is not told of again', () => {
  const bench = new Bench();
  for (let number = 0; number < 100; number++) bench.play([number, 10 * number]);
  expect(bench.messages.map(({ baseSequenceNumber }) => baseSequenceNumber)).toEqual(
    bench.messages.map((_, index) => (index === 0 ? 0 : 5 * index + 1)),
  );
  expect(bench.messages.map(({ feedbackCount }) => feedbackCount)).toEqual(bench.messages.map((_, index) => index));
  expect(bench.messages[0]).toMatchObject({ senderSsrc: 9, mediaSsrc: 7 });
});

test('a packet that comes after it was told to be lost is told of', () => {
  const bench = new Bench().play([5, 0], [7, 60]);
  expect(bench.told).toEqual({ 5: 0, 6: undefined, 7: 60 });
  bench.play([6, 130]);
  expect(bench.messages).toHaveLength(2);
  expect(bench.told).toEqual({ 5: 0, 6: 130, 7: 60 });
});

describe('the time between messages', () => {
  test.each([
    ['of 2 Mbit/s', 2_000, 50],
    ['of 100 kbit/s', 100, 110],
    ['of 20 kbit/s', 20, 250],
  ])('%s', (_, kbps, intervalMs) => {
    const bench = new Bench();
    bench.sizeBytes = (kbps * 10) / 8;
    const sentAt: number[] = [];
    for (let number = 0; number < 500; number++) {
      const before = bench.messages.length;
      bench.play([number, 10 * number]);
      if (bench.messages.length > before) sentAt.push(10 * number);
    }
    expect(sentAt.at(-1)! - sentAt.at(-2)!).toBe(intervalMs);
  });

  test('nothing is told when nothing came', () => {
    const bench = new Bench().play([1, 0]).tick(60).tick(500).tick(1_000);
    expect(bench.messages).toHaveLength(1);
    expect(new Bench().tick(1_000).messages).toEqual([]);
  });
});

describe('limits', () => {
  test('what is as far away as all that is remembered is a new start; one less is a gap', () => {
    expect(Object.keys(new Bench().play([5, 0], [5 + MAX_ARRIVALS - 1, 60]).told)).toHaveLength(MAX_ARRIVALS);
    expect(new Bench().play([5, 0], [5 + MAX_ARRIVALS, 60]).told).toEqual({ [5 + MAX_ARRIVALS]: 60 });
  });

  test('what is as late is not told of; one more is', () => {
    const bench = new Bench().play([5_000, 0]).tick(60);
    expect(bench.play([5_000 - MAX_ARRIVALS, 70]).tick(200).messages).toHaveLength(1);
    expect(bench.play([5_001 - MAX_ARRIVALS, 200]).tick(300).told[5_001 - MAX_ARRIVALS]).toBe(200);
  });

  test('a message fits a datagram when each packet came later than a short difference can tell', () => {
    const bench = new Bench();
    for (let number = 1; number < 1_000; number++) bench.play([number, 65 * number]);
    bench.messages.length = 0;
    bench.play([0, 66_000]); // all behind it are told of again
    expect(Object.keys(bench.told)).toHaveLength(1_000);
    for (const message of bench.messages) expect(serializeRtcpCompound([message]).length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
  });
});

test('any numbers at any times: every message can be sent and read, and tells no arrival that was none', () => {
  const step = fc.tuple(fc.oneof(fc.nat(3), fc.nat(0xffff)), fc.oneof(fc.nat(50), fc.nat(20_000)));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const bench = new Bench();
      const came = new Set<number>();
      let [number, atMs] = [0, 0];
      for (const [ahead, laterMs] of steps) {
        number = (number + ahead) & 0xffff;
        atMs += laterMs;
        came.add(number);
        bench.play([number, atMs]);
      }
      for (const message of bench.messages) {
        const bytes = serializeRtcpCompound([message]);
        expect(bytes.length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
        expect(parseRtcpCompound(bytes)).toEqual([message]);
        message.deltas.forEach((delta, index) => {
          if (delta !== undefined) expect(came).toContain((message.baseSequenceNumber + index) & 0xffff);
        });
      }
    }),
    { seed: 1 },
  );
});

test('a sender that jumps makes messages of no more than what is remembered', () => {
  const bench = new Bench();
  for (let jump = 0; jump < 50; jump++) bench.play([(jump * (MAX_ARRIVALS - 1)) & 0xffff, jump * (MIN_INTERVAL_US / 1_000)]);
  for (const { deltas } of bench.messages) expect(deltas.length).toBeLessThanOrEqual(MAX_ARRIVALS);
  expect(bench.messages.length).toBeLessThan(50 * 6);
});
