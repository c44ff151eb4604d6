import path from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error a script without types: it runs before anything is built
import { checkArchitecture } from './check.mjs';

test('every kind of breach is reported', () => {
  expect(checkArchitecture(path.join(import.meta.dirname, 'fixtures', 'broken'))).toEqual([
    'libs/high/src/index.ts:1: imports @mediamesh/low/src/index.ts: a package has one door, its index',
    'libs/high/src/index.ts:1: imports @mediamesh/low/src/index.ts, which its package.json does not list',
    'libs/high/src/index.ts:2: imports left-pad, which its package.json does not list',
    'libs/low/src/index.ts:1: imports node:fs: formats and protocols do no I/O',
    'libs/low/src/index.ts:2: imports @mediamesh/high, which is not in a lower layer',
    "libs/low/src/index.ts:3: imports ../../high/src/index.ts, outside of its package: use the package's name",
    'libs/low/src/index.ts:5: .slice copies or aliases depending on the type: use subarray, copyBytes or substring',
    'services/one/src/index.ts:1: imports @mediamesh/service-two, which is not in a lower layer',
    'services/two/src/index.ts:1: imports @mediamesh/unheard-of, which its package.json does not list',
    'services/two/src/index.ts:1: imports @mediamesh/unheard-of, which has no layer',
  ]);
});
