import { expect, test } from 'vitest';
import { PictureOrder } from './picture-order.ts';

test.each([
  ['no reordering', [0, 2, 4, 6, 8], [0, 0, 0, 0]],
  ['one B picture', [0, 4, 2, 8, 6], [1, 1, 1, 1]],
  ['a pyramid', [0, 8, 4, 2, 6, 16, 12, 10, 14], [1, 2, 2, 2, 2, 2, 2, 2]],
  ['a lost picture', [0, 2, 6, 8, 10], [0, 1, 0, 0]],
  ['counts in ones', [0, 1, 2, 3], [0, 0, 0]],
  ['counts in ones, one B picture', [0, 2, 1, 4, 3], [0, 0, 1, 1]],
  ['counts in fours', [0, 4, 8, 12, 16], [1, 0, 0, 0]],
  ['counts that wrap', [12, 14, 0, 2, 6, 4], [0, 0, 0, 1, 1]],
])('%s', (_, counts, depths) => {
  const order = new PictureOrder(4);
  order.start(counts[0]!);
  expect(counts.slice(1).map((count) => order.push(count % 16))).toEqual(depths);
});
