import { describe, expect, test } from 'vitest';
import { MAX_ACCESS_UNIT_BYTES } from '@mediamesh/codecs';
import { ByteWriter, ParseError, concatBytes } from '@mediamesh/bytes';
import { box, fullBox } from '../box.ts';
import { CLIP_NAMES, readClip, samplesOf, storedClip } from '../clips.cases.ts';
import {
  FragmentReader,
  MAX_DECODE_TIME_TICKS,
  MAX_INIT_BYTES,
  MAX_MOVIE_FRAGMENT_BYTES,
  MAX_SAMPLES_PER_FRAGMENT,
  MAX_TRACKS,
  descriptionOf,
  parseInitSegment,
  sampleFramingOf,
  sizeOfSample,
} from '../index.ts';
import type { InitTrack } from '../index.ts';

const clips = CLIP_NAMES.map((name) => storedClip(name));

describe.each(clips.map((clip) => [clip.name, clip] as const))('%s', (_, clip) => {
  const read = readClip(clip.bytes, clip.init);

  test('tracks and samples are those that ffprobe reads', () => {
    expect(read.unsupported).toEqual([]);
    expect(read.tracks).toHaveLength(clip.tracks.length);
    for (const [index, track] of read.tracks.entries()) {
      const probed = clip.tracks[index]!;
      const samples = samplesOf(read, track.id);
      expect(track.timescale).toBe(probed.timescale);
      expect(samples.map(({ dtsTicks }) => dtsTicks)).toEqual(probed.dts);
      expect(samples.map(({ ptsTicks }) => ptsTicks + ptsShift(clip.name, probed.codec))).toEqual(probed.pts);
      expect(samples.map(({ sync }) => (sync ? 1 : 0))).toEqual(probed.keys);
      const framing = sampleFramingOf(track.entry.codec);
      expect(samples.map(({ payload }) => sizeOfSample(framing, payload))).toEqual(probed.sizes);
    }
  });

  test('any chunking gives the same samples', () => {
    for (const size of [1, 2, 7, 100, 1000]) expect(readClip(clip.bytes, clip.init, size)).toEqual(read);
  });

  test('a file that is cut anywhere gives the samples before, or a ParseError', () => {
    for (let length = 0; length < clip.bytes.length; length += 13) {
      const samples = [];
      const reader = new FragmentReader(read.tracks);
      samples.push(...reader.push(clip.bytes.subarray(0, length)));
      expect(samples).toEqual(read.samples.slice(0, samples.length));
      try {
        reader.end();
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
    for (let length = 0; length < clip.init.length; length++)
      expect(() => parseInitSegment(clip.init.subarray(0, length))).toThrow(ParseError);
  });
});

/** ffmpeg moves the presentation times of a track with negative composition offsets, so that none is before its decoding time. */
function ptsShift(name: string, codec: string): number {
  return name === 'h264-aac-cmaf' && codec === 'h264' ? 512 : 0;
}

test('descriptions', () => {
  const descriptions = clips.flatMap(({ init }) => parseInitSegment(init).tracks.map(({ entry }) => descriptionOf(entry)));
  expect(descriptions.map((description) => description?.codec)).toEqual([
    ...['H264', 'MPEG-4 Audio', 'H264', 'MPEG-4 Audio', 'H264', 'MPEG-4 Audio', 'H264', 'MPEG-4 Audio'],
    ...[
      'H265',
      'AV1',
      'Opus',
      'VP9',
      'FLAC',
      'MPEG-4 Video',
      'MPEG-1/2 Audio',
      'MPEG-1/2 Video',
      'AC3',
      'MPEG-1/2 Video',
      'LPCM',
      'M-JPEG',
      'Opus',
    ],
  ]);
  const of = (codec: string) => descriptions.find((description) => description?.codec === codec)?.parameters;
  expect(of('AV1')).toEqual({ profile: 0, levelIdx: 0, tier: 0 });
  expect(of('VP9')).toEqual({ profileId: 0 });
  expect(of('AC3')).toEqual({ sampleRateHz: 48000, channelCount: 1 });
  expect(of('LPCM')).toEqual({ bitDepth: 16, sampleRateHz: 48000, channelCount: 1 });
  expect(of('FLAC')).toMatchObject({ rtpMap: 'flac/48000', mediaType: 'application' });
  expect(descriptions.at(-1)?.parameters).toEqual({
    channelCount: 6,
    multistream: { streamCount: 4, coupledCount: 2, mapping: [0, 4, 1, 2, 3, 5] },
  });
  const lpcm = { codec: 'LPCM', bitDepth: 16, sampleRateHz: 48000, channelCount: 1, littleEndian: true } as const;
  expect(descriptionOf(lpcm)).toBeUndefined();
});

const track: InitTrack = {
  id: 1,
  timescale: 1000,
  entry: { codec: 'MPEG-1/2 Audio', sampleRateHz: 48000, channelCount: 2 },
  nalLengthBytes: 4,
  defaults: { durationTicks: 10, sizeBytes: 4, flags: 0x1_0000 },
};

const u32 = (...values: number[]) => values.reduce((writer, value) => writer.u32(value), new ByteWriter()).finish();
const mfhd = fullBox('mfhd', 0, 0, u32(1));

function fragment(...boxes: readonly Uint8Array[]): Uint8Array {
  return box('moof', mfhd, ...boxes);
}

describe('runs', () => {
  test('defaults of the track, of the fragment, and of the first sample', () => {
    const reader = new FragmentReader([track]);
    const inherited = fragment(box('traf', fullBox('tfhd', 0, 0x02_0000, u32(1)), fullBox('trun', 0, 0x05, u32(2, 80, 0))));
    const own = fragment(box('traf', fullBox('tfhd', 0, 0x02_0038, u32(1, 20, 2, 0)), fullBox('trun', 0, 0x801, u32(1, 92, 0xffff_fffb))));
    expect([inherited.length, own.length]).toEqual([72, 84]);
    const bytes = concatBytes([inherited, box('mdat', new Uint8Array(8).fill(7)), own, box('mdat', new Uint8Array(2))]);
    const samples = reader.push(bytes).map(({ payload, ...sample }) => ({ ...sample, sizeBytes: payload[0]!.length }));
    reader.end();
    expect(samples).toEqual([
      { trackId: 1, dtsTicks: 0, ptsTicks: 0, durationTicks: 10, sync: true, sizeBytes: 4 },
      { trackId: 1, dtsTicks: 10, ptsTicks: 10, durationTicks: 10, sync: false, sizeBytes: 4 },
      { trackId: 1, dtsTicks: 20, ptsTicks: 15, durationTicks: 20, sync: true, sizeBytes: 2 },
    ]);
  });

  test('the samples of a track that nobody wants are passed, and so are empty ones', () => {
    const reader = new FragmentReader([track]);
    const other = box('traf', fullBox('tfhd', 0, 0x10, u32(2, 3)), fullBox('trun', 0, 0x01, u32(1, 132)));
    const wanted = box('traf', fullBox('tfhd', 0, 0, u32(1)), fullBox('trun', 0, 0x200, u32(3, 4, 0, 1)));
    const moof = fragment(other, wanted);
    expect(moof.length + 8).toBe(132);
    const samples = reader.push(concatBytes([box('free', new Uint8Array(0)), moof, box('mdat', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))]));
    expect(samples.map(({ dtsTicks, payload }) => [dtsTicks, ...payload[0]!])).toEqual([
      [0, 4, 5, 6, 7],
      [20, 8],
    ]);
  });

  test.each([
    ['of a size below its header', u32(4, 0x6d_646174)],
    ['whose movie fragment has no header', box('moof')],
    ['whose movie fragment is unbounded', u32(0, 0x6d_6f6f66)],
    [
      'with a sample before its data',
      concatBytes([
        fragment(box('traf', fullBox('tfhd', 0, 0x02_0000, u32(1)), fullBox('trun', 0, 1, u32(1, 0)))),
        box('mdat', new Uint8Array(9)),
      ]),
    ],
    [
      'with a sample beyond its data',
      concatBytes([
        fragment(box('traf', fullBox('tfhd', 0, 0x02_0000, u32(1)), fullBox('trun', 0, 1, u32(1, 82)))),
        box('mdat', new Uint8Array(9)),
      ]),
    ],
    [
      'with two movie fragments and no data',
      concatBytes([fragment(box('traf', fullBox('tfhd', 0, 0, u32(1)), fullBox('trun', 0, 0, u32(1)))), fragment()]),
    ],
    ['with a negative position', fragment(box('traf', fullBox('tfhd', 0, 0x02_0000, u32(1)), fullBox('trun', 0, 1, u32(1, 0x8000_0000))))],
  ])('a segment %s is malformed', (_, bytes) => {
    expect(() => new FragmentReader([track]).push(bytes)).toThrow(ParseError);
  });
});

describe('limits', () => {
  const run = (count: number, sizeBytes: number) =>
    fragment(box('traf', fullBox('tfhd', 0, 0x10, u32(1, sizeBytes)), fullBox('trun', 0, 0, u32(count))));

  test('samples of a fragment, in one run and in several', () => {
    new FragmentReader([track]).push(run(MAX_SAMPLES_PER_FRAGMENT, 1));
    expect(() => new FragmentReader([track]).push(run(MAX_SAMPLES_PER_FRAGMENT + 1, 1))).toThrow(ParseError);
    const half = box(
      'traf',
      fullBox('tfhd', 0, 0x10, u32(1, 1)),
      fullBox('trun', 0, 0, u32(MAX_SAMPLES_PER_FRAGMENT)),
      fullBox('trun', 0, 0, u32(1)),
    );
    expect(() => new FragmentReader([track]).push(fragment(half))).toThrow(ParseError);
    expect(() => new FragmentReader([]).push(fragment(half))).toThrow(ParseError);
    const empty = (count: number) => box('traf', fullBox('tfhd', 0, 0x10, u32(1, 0)), fullBox('trun', 0, 0, u32(count)));
    for (const tracks of [[], [track]]) {
      new FragmentReader(tracks).push(fragment(empty(1), empty(MAX_SAMPLES_PER_FRAGMENT - 1)));
      expect(() => new FragmentReader(tracks).push(fragment(empty(1), empty(MAX_SAMPLES_PER_FRAGMENT)))).toThrow(ParseError);
    }
  });

  test('decoding times', () => {
    const at = (ticks: number) => {
      const time = fullBox('tfdt', 1, 0, new ByteWriter().u64(ticks).finish());
      return fragment(box('traf', fullBox('tfhd', 0, 0x18, u32(1, 10, 1)), time, fullBox('trun', 0, 0, u32(1))));
    };
    new FragmentReader([track]).push(at(MAX_DECODE_TIME_TICKS - 10));
    expect(() => new FragmentReader([track]).push(at(MAX_DECODE_TIME_TICKS - 9))).toThrow(ParseError);
  });

  test('bytes of a sample', () => {
    new FragmentReader([track]).push(run(1, MAX_ACCESS_UNIT_BYTES));
    expect(() => new FragmentReader([track]).push(run(1, MAX_ACCESS_UNIT_BYTES + 1))).toThrow(ParseError);
  });

  test('bytes of a movie fragment, also in a 64-bit size', () => {
    const reader = new FragmentReader([track]);
    reader.push(u32(MAX_MOVIE_FRAGMENT_BYTES, 0x6d_6f6f66));
    expect(() => new FragmentReader([track]).push(u32(MAX_MOVIE_FRAGMENT_BYTES + 1, 0x6d_6f6f66))).toThrow(ParseError);
    expect(() => new FragmentReader([track]).push(u32(1, 0x6d_6f6f66, 0, MAX_MOVIE_FRAGMENT_BYTES + 1))).toThrow(ParseError);
  });

  test('tracks and bytes of an init segment', () => {
    const { init } = storedClip('mjpeg');
    const boxes = new Map<string, Uint8Array>();
    const movie = init.subarray(init.length - new DataView(init.buffer, init.byteOffset).getUint32(28));
    for (let at = 8; at < movie.length;) {
      const size = new DataView(movie.buffer, movie.byteOffset + at).getUint32(0);
      boxes.set(String.fromCharCode(...movie.subarray(at + 4, at + 8)), movie.subarray(at, at + size));
      at += size;
    }
    const withTracks = (count: number) => box('moov', boxes.get('mvhd')!, ...Array.from({ length: count }, () => boxes.get('trak')!));
    expect(parseInitSegment(withTracks(MAX_TRACKS)).tracks).toHaveLength(MAX_TRACKS);
    expect(() => parseInitSegment(withTracks(MAX_TRACKS + 1))).toThrow(ParseError);
    expect(() => parseInitSegment(withTracks(0))).toThrow(ParseError);
    const padded = (size: number) => concatBytes([init, box('free', new Uint8Array(size - init.length - 8))]);
    expect(parseInitSegment(padded(MAX_INIT_BYTES)).tracks).toHaveLength(1);
    expect(() => parseInitSegment(padded(MAX_INIT_BYTES + 1))).toThrow(ParseError);
  });
});

test('a segment that ends before the samples of its fragment is malformed, and the next one is read', () => {
  const { bytes, init } = storedClip('h265');
  const { tracks, samples } = readClip(bytes, init);
  const reader = new FragmentReader(tracks);
  const moof = fragment(box('traf', fullBox('tfhd', 0, 0x02_0010, u32(1, 4)), fullBox('trun', 0, 1, u32(1, 80))));
  expect(reader.push(concatBytes([moof, box('mdat')]))).toEqual([]);
  expect(() => reader.end()).toThrow('ends before the samples');
  expect(reader.push(bytes)).toEqual(samples);
  reader.end();
});

test('boxes with a 64-bit size, and one to the end of the file', () => {
  const clip = storedClip('h265');
  const fragments = clip.bytes.subarray(clip.init.length);
  const { tracks, samples } = readClip(clip.bytes, clip.init);
  const large = concatBytes([u32(1, 0x66_726565, 0, 20), Uint8Array.of(1, 2, 3, 4), fragments, u32(0, 0x66_726565)]);
  for (const size of [1, 5, large.length]) {
    const reader = new FragmentReader(tracks);
    const read = [];
    for (let at = 0; at < large.length; at += size) read.push(...reader.push(large.subarray(at, at + size)));
    reader.end();
    expect(read).toEqual(samples);
  }
});
