import { describe, expect, test } from 'vitest';
import { contiguousBytes, contiguousRun, contiguousRuns } from './contiguous-run.ts';

const SOURCE = ['a', 'b', 'c', 'd', 'e'];

describe('frames', () => {
  test.each([
    { received: ['a'], run: { start: 0, length: 1 } },
    { received: ['c', 'd', 'e'], run: { start: 2, length: 3 } },
  ])('$received are a stretch', ({ received, run }) => {
    expect(contiguousRun(SOURCE, received)).toEqual(run);
  });

  test.each([
    { name: 'nothing', received: [], error: 'no frame' },
    { name: 'another start', received: ['x', 'a'], error: "none of the source's" },
    { name: 'a gap', received: ['b', 'd'], error: 'frame 1 of 2 is frame 3 instead of frame 2' },
    { name: 'a repetition', received: ['b', 'b'], error: 'frame 1 of 2 is frame 1 instead of frame 2' },
    { name: 'a damaged frame', received: ['b', 'x'], error: "frame 1 of 2 is none of the source's frames instead of frame 2" },
    { name: 'more than there is', received: ['e', 'f'], error: 'frame 1 of 2' },
  ])('refuses $name', ({ received, error }) => {
    expect(() => contiguousRun(SOURCE, received)).toThrow(error);
  });
});

test('a source that begins again', () => {
  expect(contiguousRuns(SOURCE, ['c', 'd', 'a', 'b', 'c'])).toEqual([
    { start: 2, length: 2 },
    { start: 0, length: 3 },
  ]);
  expect(contiguousRuns(SOURCE, [])).toEqual([]);
  expect(() => contiguousRuns(SOURCE, ['a', 'x'])).toThrow('frame 1 of 2');
});

describe('bytes', () => {
  const source = Uint8Array.from({ length: 300 }, (_, index) => (index * 7) % 251);

  test('a stretch', () => {
    expect(contiguousBytes(source, source.subarray(10, 200))).toEqual({ start: 10, length: 190 });
  });

  test('says where they part', () => {
    const received = Buffer.from(source.subarray(10, 200));
    received[100]! ^= 1;
    expect(() => contiguousBytes(source, received)).toThrow('begin at 10 and differ after 100');
    expect(() => contiguousBytes(source, Buffer.alloc(80))).toThrow('not in it');
    expect(() => contiguousBytes(source, Buffer.alloc(0))).toThrow('no byte');
  });
});
