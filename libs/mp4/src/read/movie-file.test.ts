import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { box, fullBox } from '../box.ts';
import { readClip, samplesOf, storedClip } from '../clips.cases.ts';
import { MAX_SAMPLES_PER_TRACK, readMovieFile, sampleFramingOf, sizeOfSample } from '../index.ts';
import { parseSampleTable } from './sample-table.ts';

const PLAIN = ['plain-h264-aac', 'plain-h265'] as const;
const u32 = (...values: number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff)));

describe.each(PLAIN)('%s', (name) => {
  const clip = storedClip(name);

  test('tracks and samples are those that ffprobe reads', () => {
    const file = readMovieFile(clip.bytes);
    expect(file.tracks).toHaveLength(clip.tracks.length);
    for (const [index, track] of file.tracks.entries()) {
      const probed = clip.tracks[index]!;
      const samples = file.samples.filter(({ trackId }) => trackId === track.id);
      expect(samples.map(({ dtsTicks }) => dtsTicks)).toEqual(probed.dts);
      expect(samples.map(({ ptsTicks }) => ptsTicks)).toEqual(probed.pts);
      expect(samples.map(({ sync }) => (sync ? 1 : 0))).toEqual(probed.keys);
      const framing = sampleFramingOf(track.entry.codec);
      expect(samples.map(({ payload }) => sizeOfSample(framing, payload))).toEqual(probed.sizes);
    }
  });

  test('cut anywhere, or changed, it reads or fails with ParseError', () => {
    const attempt = (bytes: Uint8Array): void => {
      try {
        readMovieFile(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    };
    for (let length = 0; length < clip.bytes.length; length += 29) attempt(clip.bytes.subarray(0, length));
    const changes = fc.array(fc.record({ at: fc.nat(clip.bytes.length - 1), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, (list) => {
        const copy = Uint8Array.from(clip.bytes);
        for (const { at, value } of list) copy[at] = value;
        attempt(copy);
      }),
      { numRuns: 300 },
    );
  });
});

test('a file with fragments is read too', () => {
  const clip = storedClip('h264-aac');
  const read = readClip(clip.bytes, clip.init);
  const file = readMovieFile(clip.bytes);
  for (const { id } of read.tracks) expect(file.samples.filter(({ trackId }) => trackId === id)).toEqual(samplesOf(read, id));
});

describe('tables', () => {
  interface Boxes {
    readonly stsz?: readonly number[];
    readonly stts?: readonly number[];
    readonly stsc?: readonly number[];
    readonly stco?: readonly number[];
  }
  /** Four samples of 10 bytes in two chunks. */
  const table = ({ stsz = [10, 4], stts = [1, 4, 100], stsc = [1, 1, 2, 1], stco = [2, 1000, 2000] }: Boxes = {}): Uint8Array => {
    const boxes = Object.entries({ stsz, stts, stsc, stco }).map(([type, values]) => fullBox(type, 0, 0, u32(...values)));
    return Uint8Array.from(boxes.flatMap((bytes) => [...bytes]));
  };

  test('places and times', () => {
    expect(parseSampleTable(7, table()).map(({ offset, dtsTicks }) => [offset, dtsTicks])).toEqual([
      [1000, 0],
      [1010, 100],
      [2000, 200],
      [2010, 300],
    ]);
  });

  test.each<[string, Boxes, string]>([
    ['more samples than are read', { stsz: [10, MAX_SAMPLES_PER_TRACK + 1] }, 'more than'],
    ['fewer times than samples', { stts: [1, 3, 100] }, 'has 3 of the 4'],
    ['more times than samples', { stts: [1, 5, 100] }, 'more than the 4'],
    ['more runs than are read', { stts: [MAX_SAMPLES_PER_TRACK + 1] }, 'more than'],
    ['fewer places than samples', { stco: [1, 1000] }, 'has 2 of the 4'],
    ['chunks that are not there', { stsc: [2, 1, 1, 1, 9, 1, 1] }, 'chunks out of order'],
    ['chunks that go back', { stsc: [2, 2, 1, 1, 1, 1, 1] }, 'chunks out of order'],
    ['sizes that end early', { stsz: [0, 4, 1] }, 'stsz'],
  ])('%s', (_, boxes, message) => {
    expect(() => parseSampleTable(7, table(boxes))).toThrow(message);
    expect(() => parseSampleTable(7, table(boxes))).toThrow(ParseError);
  });

  test('as many samples as the limit', () => {
    const many = table({
      stsz: [1, MAX_SAMPLES_PER_TRACK],
      stts: [1, MAX_SAMPLES_PER_TRACK, 1],
      stsc: [1, 1, MAX_SAMPLES_PER_TRACK, 1],
      stco: [1, 0],
    });
    expect(parseSampleTable(7, many)).toHaveLength(MAX_SAMPLES_PER_TRACK);
  });

  test('a file without a movie', () => {
    expect(() => readMovieFile(box('free', new Uint8Array(4)))).toThrow(ParseError);
  });
});
