import { expect, test } from 'vitest';
import { parseTarget } from './http-request.ts';

test.each([
  ['/a', '/a', '', {}],
  ['/a?', '/a', '', {}],
  ['/a?b=c&d=e=f&&g&=h', '/a', 'b=c&d=e=f&&g&=h', { b: 'c', d: 'e=f', g: '', '': 'h' }],
  ['/a?b=1&b=2', '/a', 'b=1&b=2', { b: '1' }],
  ['/a?b=1&b=%32&c=%41+d', '/a', 'b=1&b=%32&c=%41+d', { b: '1', c: 'A d' }],
  ['/a?__proto__=b', '/a', '__proto__=b', { ['__proto__']: 'b' }],
  ['/%41/%C3%BC', '/A/ü', '', {}],
  ['/\u00c3\u00bc', '/ü', '', {}],
])('%s', (target, path, rawQuery, query) => {
  const parsed = parseTarget(target)!;
  expect([parsed.path, parsed.rawQuery, Object.entries(parsed.query)]).toEqual([path, rawQuery, Object.entries(query)]);
});

test.each(['', 'a', '*', '/%', '/%4', '/%zz', 'http://host/a'])('%j is none', (target) => {
  expect(parseTarget(target)).toBeUndefined();
});

test('a query that needs no decoding is read as one that does', () => {
  for (const query of ['a=b', 'a', '=', '&', 'a=b&a=c', 'é=è', 'a==b&;c']) {
    const decoded = parseTarget(`/?x=%20&${query}`)!.query;
    expect({ x: ' ', ...parseTarget(`/?${query}`)!.query }).toEqual({ ...decoded });
  }
});
