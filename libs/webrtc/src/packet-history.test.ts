import { expect, test } from 'vitest';
import { PacketHistory } from './packet-history.ts';

const packet = (number: number): Uint8Array => Uint8Array.of(0xff, 0x80, 0x60, number >>> 8, number, 9);

test('the last packets are found by their sequence numbers, older ones are not', () => {
  const history = new PacketHistory(4);
  for (let number = 65_533; number <= 65_538; number++) history.add(packet(number & 0xffff), 1, 5);
  for (const number of [65_535, 0, 1, 2]) {
    expect(history.find(number)).toBe(true);
    expect(history.bytes[3]! * 256 + history.bytes[4]!).toBe(number);
    expect([history.offset, history.size]).toEqual([1, 5]);
  }
  for (const number of [65_534, 3, 4]) expect(history.find(number)).toBe(false);
});

test('nothing is found in an empty one', () => {
  expect(new PacketHistory(4).find(0)).toBe(false);
});
