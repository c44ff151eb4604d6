import { describe, expect, test } from 'vitest';
import { busUnit } from '../testing.cases.ts';
import { GopCache, MAX_GOP_CACHE_BYTES } from './gop-cache.ts';

const OVERHEAD_BYTES = 128;

function sized(number: number, key: boolean, bytes: number) {
  return busUnit({ number, key, payload: [new Uint8Array(bytes - OVERHEAD_BYTES)] });
}

describe('GopCache', () => {
  test('holds all tracks since the last key unit of the leading one', () => {
    const cache = new GopCache();
    const audio = busUnit({ number: 1, trackId: 2 });
    cache.push(busUnit({ number: 0, key: false }), true);
    cache.push(audio, false);
    expect(cache.units).toEqual([]);
    cache.push(busUnit({ number: 2 }), true);
    cache.push(audio, false);
    expect(cache.units.map((unit) => unit.number)).toEqual([2, 1]);
    const handedOut = cache.units;
    cache.push(busUnit({ number: 3 }), true);
    expect(cache.units.map((unit) => unit.number)).toEqual([3]);
    expect(handedOut).toHaveLength(2);
  });

  test('at the cap it holds, one byte past it there is nothing until the next key unit', () => {
    const cache = new GopCache();
    const half = MAX_GOP_CACHE_BYTES / 2;
    cache.push(sized(0, true, half), true);
    cache.push(sized(1, false, half), true);
    expect(cache.units).toHaveLength(2);
    cache.push(sized(2, false, OVERHEAD_BYTES), true);
    expect(cache.units).toEqual([]);
    cache.push(sized(3, false, OVERHEAD_BYTES), true);
    expect(cache.units).toEqual([]);
    cache.push(sized(4, true, half), true);
    cache.push(sized(5, false, half + 1), true);
    expect(cache.units).toEqual([]);
  });
});
