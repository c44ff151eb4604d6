import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEGMENT_NAMES } from './segment-name.cases.ts';
import { SegmentName, localOffsetMinutes } from './segment-name.ts';

describe.each(SEGMENT_NAMES)('$name', ({ recordPath, id, file }) => {
  const name = SegmentName.of({ recordPath, recordFormat: 'fmp4' });

  test('is written', () => expect(name.encode(id)).toBe(file));
  test('is read', () => expect(name.decode(file)).toEqual(id));
  test('is not taken from a longer name', () => {
    expect(name.decode(`${file}.part`)).toBeUndefined();
    expect(name.decode(`/x${file}`)).toBeUndefined();
  });
});

test('seconds since 1970, with and without a fraction', () => {
  const startUs = 1_638_447_323_567_324;
  const utcOffsetMinutes = localOffsetMinutes(startUs);
  const whole = SegmentName.of({ recordPath: '/rec/%path/%s', recordFormat: 'mpegts' });
  expect(whole.encode({ path: 'p', startUs, utcOffsetMinutes })).toBe('/rec/p/1638447323.ts');
  expect(whole.decode('/rec/p/1638447323.ts')).toEqual({ path: 'p', startUs: 1_638_447_323_000_000, utcOffsetMinutes });
  const fraction = SegmentName.of({ recordPath: '/rec/%path/%s.%f', recordFormat: 'mpegts' });
  expect(fraction.decode('/rec/p/1638447323.567324.ts')).toEqual({ path: 'p', startUs, utcOffsetMinutes });
});

test('a variable that comes twice has one value', () => {
  const name = SegmentName.of({ recordPath: '/rec/%path/%path-%s', recordFormat: 'fmp4' });
  expect(name.decode('/rec/a/a-1638447323.mp4')?.path).toBe('a');
  expect(name.decode('/rec/a/b-1638447323.mp4')).toBeUndefined();
});

test('the folder is what comes before the first variable', () => {
  const folderOf = (recordPath: string, path?: string): string => SegmentName.of({ recordPath, recordFormat: 'fmp4' }, path).folder;
  expect(folderOf('/rec/x/%path/%s')).toBe('/rec/x');
  expect(folderOf('/rec/x-%path/%s')).toBe('/rec');
  expect(folderOf('/%path/%s')).toBe('/');
  expect(folderOf('/rec/%path/%Y/%s', 'cam/1')).toBe('/rec/cam/1');
  expect(folderOf('rec/%path/%s')).toBe(`${process.cwd()}/rec`);
});

test('a path with characters of a replacement is written as it is', () => {
  const name = SegmentName.of({ recordPath: '/rec/%path/%s', recordFormat: 'fmp4' }, '$&');
  expect(name.encode({ path: '$&', startUs: 1_638_447_323_000_000, utcOffsetMinutes: 0 })).toBe('/rec/$&/1638447323.mp4');
});

test('what is written is read again', () => {
  const name = SegmentName.of({ recordPath: '/rec/%path/%Y-%m-%d_%H-%M-%S-%f%z', recordFormat: 'fmp4' });
  const ids = fc.record({
    path: fc.stringMatching(/^[0-9a-zA-Z_.-]{1,20}$/u),
    startUs: fc.integer({ min: 0, max: 4e15 }),
    utcOffsetMinutes: fc.integer({ min: -12 * 60, max: 14 * 60 }),
  });
  fc.assert(
    fc.property(ids, (id) => {
      expect(name.decode(name.encode(id))).toEqual(id);
    }),
  );
});
