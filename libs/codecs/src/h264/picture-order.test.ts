import { expect, test } from 'vitest';
import { PictureOrder } from './picture-order.ts';
import { MAX_REORDER_FRAMES } from './vui.ts';

test.each([
  ['no reordering', [0, 2, 4, 6, 8], [0, 0, 0, 0]],
  ['one B picture', [0, 4, 2, 8, 6], [1, 1, 1, 1]],
  ['a lost picture', [0, 2, 6, 8, 10], [0, 1, 0, 0]],
  ['counts in ones', [0, 1, 2, 3], [0, 0, 0]],
  ['counts in ones, one B picture', [0, 2, 1, 4, 3], [0, 0, 1, 1]],
  ['counts in fours', [0, 4, 8, 12, 16], [1, 0, 0, 0]],
  ['references half of the range apart', [0, 8, 4, 2, 6, 16, 12, 10, 14, 24], [1, 2, 2, 2, 2, 2, 2, 2, 2]],
  ['counts that wrap', [12, 14, 0, 2, 6, 4], [0, 0, 0, 1, 1]],
])('%s', (_, counts, depths) => {
  const order = new PictureOrder(4);
  order.start(counts[0]!);
  expect(counts.slice(1).map((count) => order.push(count % 16, count % 4 === 0))).toEqual(depths);
});

test('a gap that nothing fills is given up at the limit', () => {
  const order = new PictureOrder(8);
  order.start(0);
  const depths = Array.from({ length: MAX_REORDER_FRAMES + 1 }, () => order.push(50, true));
  expect(depths.slice(0, -1)).toEqual(Array.from({ length: MAX_REORDER_FRAMES }, (_, i) => i + 1));
  expect(depths.at(-1)).toBe(0);
});
