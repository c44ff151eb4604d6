import { describe, expect, test } from 'vitest';
import { RangeGroups, parseRangeShare } from './multicast-groups.ts';

describe('RangeGroups', () => {
  test('takes one address after the other, as MediaMTX does, and uses the released ones last', () => {
    const groups = new RangeGroups('239.1.2.3/30');
    expect(groups.take(2)).toEqual(['239.1.2.1', '239.1.2.2']);
    groups.release(['239.1.2.1']);
    expect(groups.take(2)).toEqual(['239.1.2.3', '239.1.2.0']);
    expect(groups.take(1)).toEqual(['239.1.2.1']);
  });

  test('at the limit it gives, one past it not, and nothing is taken then', () => {
    const groups = new RangeGroups('239.1.2.0/30');
    expect(groups.take(5)).toBeUndefined();
    expect(groups.take(4)).toHaveLength(4);
    expect(groups.take(1)).toBeUndefined();
    groups.release(['239.1.2.2']);
    expect(groups.take(2)).toBeUndefined();
    expect(groups.take(1)).toEqual(['239.1.2.2']);
  });

  test('the default range', () => {
    expect(new RangeGroups('224.1.0.0/16').take(1)).toEqual(['224.1.0.1']);
  });

  test.each(['239.1.2.3/32', '239.1.2.0/31', '239.0.0.0/29'])('parts of %s never share an address, and leave none out', (range) => {
    const size = 2 ** (32 - Number(range.split('/')[1]));
    for (let count = 1; count <= size; count++) {
      const all: string[] = [];
      for (let index = 0; index < count; index++) {
        const groups = new RangeGroups(range, { index, count });
        for (let one = groups.take(1); one !== undefined; one = groups.take(1)) all.push(...one);
      }
      expect(all).toHaveLength(size);
      expect(new Set(all).size).toBe(size);
    }
  });

  test('more parts than addresses', () => {
    const parts = [0, 1, 2].map((index) => () => new RangeGroups('239.1.2.0/31', { index, count: 3 }));
    expect(parts.filter((open) => throws(open))).toHaveLength(1);
  });

  test.each(['', '239.1.2.0', '239.1.2.0/33', '239.1.2/24', '10.0.0.0/8', '224.0.0.0/3', 'ff02::/16', '239.1.2.256/24'])(
    'refuses %s',
    (range) => {
      expect(() => new RangeGroups(range)).toThrow(TypeError);
    },
  );
});

describe('parseRangeShare', () => {
  test.each([
    [undefined, { index: 0, count: 1 }],
    ['', { index: 0, count: 1 }],
    ['1/1', { index: 0, count: 1 }],
    ['3/4', { index: 2, count: 4 }],
  ])('%s', (text, share) => expect(parseRangeShare(text)).toEqual(share));

  test.each(['0/1', '2/1', '1', '1/0', '-1/2', '1/2/3', '1.5/2'])('refuses %s', (text) => {
    expect(() => parseRangeShare(text)).toThrow(TypeError);
  });
});

function throws(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}
