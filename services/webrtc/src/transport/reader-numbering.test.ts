import { expect, test } from 'vitest';
import { ReaderNumbering } from './reader-numbering.ts';

const numberingFrom = (firstOfPath: number, first: number): ReaderNumbering =>
  new ReaderNumbering({ payloadType: 96, rtx: undefined, firstOfPath, first });

test('numbers follow each other across frames and the wrap, both ways', () => {
  const numbering = numberingFrom(65_530, 100);
  for (let frame = 0; frame < 10; frame++) {
    const first = (65_530 + 3 * frame) & 0xffff;
    numbering.follow(first, 3);
    expect((first + numbering.offset) & 0xffff).toBe(100 + 3 * frame);
  }
  expect(numbering.ofPath(100)).toBe(65_530);
  expect(numbering.ofPath(106)).toBe(0);
});

test('skipped frames leave no gap; what came before the skip is still found', () => {
  const numbering = numberingFrom(1_000, 20);
  numbering.follow(1_000, 10); // 20 to 29
  numbering.follow(1_500, 5); // 30 to 34
  expect(1_500 + numbering.offset - 0x1_0000).toBe(30);
  expect([28, 29, 30, 34].map((number) => numbering.ofPath(number))).toEqual([1_008, 1_009, 1_500, 1_504]);
  numbering.follow(1_505, 5);
  expect(numbering.ofPath(35)).toBe(1_505);
});

test('a number that the reader has not got means nothing, before, after, and while frames are skipped', () => {
  const numbering = numberingFrom(1_000, 20);
  numbering.follow(1_000, 10);
  expect([19, 20, 29, 30, 31, 20 + 0x8000].map((number) => numbering.ofPath(number))).toEqual([-1, 1_000, 1_009, -1, -1, -1]);
});

test('of two skips only what came between them, and after, is still known', () => {
  const numbering = numberingFrom(1_000, 20);
  numbering.follow(1_000, 10); // 20 to 29
  numbering.follow(1_500, 5); // 30 to 34
  numbering.follow(1_700, 5); // 35 to 39
  expect([29, 30, 34, 35, 39, 40].map((number) => numbering.ofPath(number))).toEqual([-1, 1_500, 1_504, 1_700, 1_704, -1]);
});

test('a skip of long ago is forgotten before numbers come around', () => {
  const numbering = numberingFrom(0, 0);
  numbering.follow(0, 1);
  numbering.follow(101, 1);
  for (let first = 102; first < 140_000; first += 10) {
    numbering.follow(first & 0xffff, 10);
    const last = (first + 9 - 100) & 0xffff;
    expect(numbering.ofPath(last)).toBe((first + 9) & 0xffff);
    if (first > 20_000) expect(numbering.ofPath((last - 9_000) & 0xffff)).toBe(-1);
  }
});
