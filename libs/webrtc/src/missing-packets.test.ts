import { expect, test } from 'vitest';
import { MAX_MISSING_PACKETS, MissingPackets } from './missing-packets.ts';

test('what is missing is asked for at once, again after a round trip, and not for ever', () => {
  const packets = new MissingPackets();
  expect(packets.received(65_534, 0)).toEqual([]);
  expect(packets.received(1, 10)).toEqual([65_535, 0]);
  expect(packets.received(2, 20)).toEqual([]);
  expect(packets.received(65_535, 30)).toEqual([]);
  expect(packets.received(3, 70)).toEqual([0]);
  expect(packets.received(4, 140)).toEqual([0]);
  expect(packets.received(5, 210)).toEqual([0]);
  expect(packets.received(6, 280)).toEqual([]);
  expect(packets.received(7, 1_000)).toEqual([]);
  expect(packets.isMissing(0)).toBe(true); // as long as the receiver waits
  expect(packets.received(1_025, 1_000)).toEqual([]);
  expect(packets.isMissing(0)).toBe(false);
});

test('a sender that begins anew is asked for what is missing from there on', () => {
  const packets = new MissingPackets();
  packets.received(30_000, 0);
  packets.received(30_002, 0);
  packets.restart(5);
  expect(packets.isMissing(30_001)).toBe(false);
  expect(packets.received(7, 0)).toEqual([6]);
});

test('of many gaps the newest are asked for', () => {
  const packets = new MissingPackets();
  packets.received(0, 0);
  packets.received(MAX_MISSING_PACKETS, 0);
  expect(packets.received(MAX_MISSING_PACKETS + 3, 0)).toEqual([MAX_MISSING_PACKETS + 1, MAX_MISSING_PACKETS + 2]);
  expect([1, 2].map((number) => packets.isMissing(number))).toEqual([false, true]);
});

test('what comes late, or twice, is not missing', () => {
  const packets = new MissingPackets();
  packets.received(10, 0);
  expect(packets.received(12, 0)).toEqual([11]);
  expect([10, 11, 12].map((number) => packets.isMissing(number))).toEqual([false, true, false]);
  expect(packets.received(11, 5)).toEqual([]);
  expect(packets.isMissing(11)).toBe(false);
  expect(packets.received(11, 100)).toEqual([]);
  expect(packets.received(13, 200)).toEqual([]);
});

test('a gap of the limit is asked for, one past it is a new start', () => {
  const at = new MissingPackets();
  at.received(0, 0);
  expect(at.received(MAX_MISSING_PACKETS, 0)).toHaveLength(MAX_MISSING_PACKETS - 1);
  const past = new MissingPackets();
  past.received(0, 0);
  expect(past.received(MAX_MISSING_PACKETS + 1, 0)).toEqual([]);
});
