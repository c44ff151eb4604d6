import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathFromToken, pathToken } from './path-token.ts';

const paths = fc.string({ unit: fc.constantFrom(...Array.from('aZ09_-/.sd')), minLength: 1, maxLength: 40 });

describe('pathToken', () => {
  test.each([
    ['live', 'live'],
    ['Live/Cam-1.front_door', 'Live_sCam-1_dfront__door'],
    ['_s', '__s'],
    ['...', '_d_d_d'],
  ])('%s is %s', (path, token) => {
    expect(pathToken(path)).toBe(token);
    expect(pathFromToken(token)).toBe(path);
  });

  test('is reversible, injective, and only of letters, digits, - and _', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        expect(pathToken(a)).toMatch(/^[0-9a-zA-Z_-]+$/);
        expect(pathFromToken(pathToken(a))).toBe(a);
        expect(pathToken(a) === pathToken(b)).toBe(a === b);
      }),
    );
  });

  test.each(['', 'a b', 'a*', 'ä', 'a>', 'a\n'])('refuses the path %j', (path) => {
    expect(() => pathToken(path)).toThrow(RangeError);
  });

  test.each(['', '_', 'a_', 'a_x', 'a.b', 'a/b', '*', 'a_\u0073\u0301'])('refuses the token %j', (token) => {
    expect(() => pathFromToken(token)).toThrow('path token');
  });
});
