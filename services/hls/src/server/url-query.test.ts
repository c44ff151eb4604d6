import { expect, test } from 'vitest';
import { carriedQuery } from './url-query.ts';

const SESSION = 'session=d8155bee-b6d2-4e41-90ea-b175ab4c239e';

test.each([
  ['', ''],
  [SESSION, SESSION],
  ['b=2&a=%20', 'b=2&a=%20'],
  [`${SESSION}&_HLS_msn=1`, SESSION],
  [`${SESSION}&_HLS_msn=1&_HLS_part=2&_HLS_skip=YES`, SESSION],
  [`_HLS_msn=1&_HLS_part=2&${SESSION}`, SESSION],
  [`_HLS_msn=1`, ''],
  [`_HLS_msn=1&_HLS_part=2`, ''],
  [`${SESSION}&_HLS_msn=1&a=b`, `a=b&${SESSION}`],
  ['b=2&a=1&_HLS_msn=1', 'a=1&b=2'],
  ['a=%41 b&_HLS_msn=1', 'a=A+b'],
  ['a&_HLS_msn=1', 'a='],
  ['x_HLS_=1&_HLS_msn=1', 'x_HLS_=1'],
])('%s is carried on as %s', (query, carried) => {
  expect(carriedQuery(query)).toBe(carried);
});
