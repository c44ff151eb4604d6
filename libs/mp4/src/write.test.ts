import { describe, expect, test } from 'vitest';
import { bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import type { CodecDescription, TimedDescription } from '@mediamesh/codecs';
import { parseAudioSpecificConfig, serializeAudioMuxElement, serializeStreamMuxConfig } from '@mediamesh/codecs';
import { CLIP_NAMES, readClip, samplesOf, storedClip } from './clips.cases.ts';
import type { ReadClip } from './clips.cases.ts';
import {
  FragmentReader,
  UnitSampler,
  codecsParameterOf,
  descriptionOf,
  frameRateOf,
  parseInitSegment,
  sampleEntryOf,
  sampleFramingOf,
  serializeFragment,
  serializeInitSegment,
  sizeOfSample,
  visualSizeOf,
} from './index.ts';
import type { InitTrack, Mp4Sample, Mp4Track, ReadSample, SampleEntry } from './index.ts';

const clips = CLIP_NAMES.map((name) => storedClip(name));

function track({ id, timescale, entry }: InitTrack, samples: readonly ReadSample[]): Mp4Track {
  return { id, timescale, entry: complete(entry, samples) };
}

/** MPEG-1/2 video of ffmpeg has its headers in-band. */
function complete(entry: SampleEntry, samples: readonly ReadSample[]): SampleEntry {
  return entry.codec === 'MPEG-1/2 Video' ? sampleEntryOf(descriptionOf(entry)!, samples[0]!.payload)! : entry;
}

function written(sample: ReadSample, entry: SampleEntry): Mp4Sample {
  const { durationTicks, sync, payload } = sample;
  const sizeBytes = sizeOfSample(sampleFramingOf(entry.codec), payload);
  return { durationTicks, sync, payload, sizeBytes, compositionOffsetTicks: sample.ptsTicks - sample.dtsTicks };
}

/** The clip in fragments of so many samples of each track. */
function rewritten(clip: ReadClip, count: number): { init: Uint8Array; fragments: Uint8Array } {
  const init = serializeInitSegment({ tracks: clip.tracks.map((one) => track(one, samplesOf(clip, one.id))) });
  const fragments: Uint8Array[] = [];
  for (let start = 0, sequence = 1; ; start += count, sequence++) {
    const tracks = clip.tracks.map(({ id, entry }) => {
      const samples = samplesOf(clip, id).slice(start, start + count);
      const framing = sampleFramingOf(entry.codec);
      return { id, framing, baseDecodeTimeTicks: samples[0]?.dtsTicks ?? 0, samples: samples.map((sample) => written(sample, entry)) };
    });
    const some = tracks.filter(({ samples }) => samples.length > 0);
    if (some.length === 0) return { init, fragments: concatBytes(fragments) };
    fragments.push(serializeFragment({ sequence, tracks: some }));
  }
}

describe.each(clips.map((clip) => [clip.name, clip] as const))('%s', (_, clip) => {
  const read = readClip(clip.bytes, clip.init);

  test.each([1, 3, 100])('what was read is written and read again: %i samples a fragment', (count) => {
    const { init, fragments } = rewritten(read, count);
    const again = readClip(fragments, init);
    expect(again.tracks.map(({ id, timescale }) => ({ id, timescale }))).toEqual(
      read.tracks.map(({ id, timescale }) => ({ id, timescale })),
    );
    for (const [index, { id, entry }] of read.tracks.entries()) {
      expect(again.tracks[index]!.entry).toEqual(complete(entry, samplesOf(read, id)));
      expect(samplesOf(again, id)).toEqual(samplesOf(read, id));
    }
  });

  test('the same input gives the same bytes', () => {
    expect(rewritten(read, 3)).toEqual(rewritten(readClip(clip.bytes, clip.init), 3));
  });

  test('the size is that of ffprobe', () => {
    for (const [index, one] of read.tracks.entries()) {
      const { width, height } = clip.tracks[index]!;
      const size = visualSizeOf(track(one, samplesOf(read, one.id)).entry);
      expect(size && { width: size.width, height: size.height }).toEqual(width === undefined ? undefined : { width, height });
    }
  });
});

const entryOf = (name: (typeof CLIP_NAMES)[number], index = 0): SampleEntry => {
  const clip = storedClip(name);
  const read = readClip(clip.bytes, clip.init);
  return track(read.tracks[index]!, samplesOf(read, read.tracks[index]!.id)).entry;
};

describe('CODECS parameter', () => {
  test.each([
    ['H264', entryOf('h264-aac'), 'avc1.4d400a'],
    ['AAC', entryOf('h264-aac', 1), 'mp4a.40.2'],
    ['H265', entryOf('h265'), 'hvc1.1.6.L30.90'],
    ['AV1', entryOf('av1-opus'), 'av01.0.00M.08'],
    ['Opus', entryOf('av1-opus', 1), 'opus'],
    ['VP9', entryOf('vp9-flac'), 'vp09.00.10.08'],
    ['FLAC', entryOf('vp9-flac', 1), 'flac'],
    ['MPEG-4 video', entryOf('mpeg4-mp3'), 'mp4v.20'],
    ['MP3', entryOf('mpeg4-mp3', 1), 'mp4a.6B'],
    ['MPEG-2 video', entryOf('mpeg2-ac3'), 'mp4v.61'],
    ['AC-3', entryOf('mpeg2-ac3', 1), 'ac-3'],
    ['MPEG-1 video', entryOf('mpeg1-pcm'), 'mp4v.6A'],
    ['LPCM', entryOf('mpeg1-pcm', 1), 'ipcm'],
    ['M-JPEG', entryOf('mjpeg'), 'mp4v.6C'],
    ['monochrome AV1', { codec: 'AV1', sequenceHeader: bytesFromHex('0800000002aff79b5f2540') } as const, 'av01.0.00M.08.1.110.01.01.01.0'],
    ['AV1 in 4:4:4', { codec: 'AV1', sequenceHeader: bytesFromHex('0820000002aff79b5f2040') } as const, 'av01.1.00M.08.0.000.01.01.01.0'],
    ['AV1 of 10 bits', { codec: 'AV1', sequenceHeader: bytesFromHex('0800000002aff79b5f2808') } as const, 'av01.0.00M.10'],
    ['AAC with spectral band replication', { codec: 'MPEG-4 Audio', config: bytesFromHex('2b118800') } as const, 'mp4a.40.5'],
    ['AAC with parametric stereo', { codec: 'MPEG-4 Audio', config: bytesFromHex('eb098800') } as const, 'mp4a.40.29'],
  ])('of %s', (_, entry, expected) => {
    expect(codecsParameterOf(entry)).toBe(expected);
  });
});

test('frame rates, where the parameters say them', () => {
  const entries = [entryOf('h264-aac'), entryOf('h265'), entryOf('mpeg2-ac3'), entryOf('mpeg4-mp3'), entryOf('av1-opus')];
  expect(entries.map(frameRateOf)).toEqual([25, 25, 25, undefined, undefined]);
});

test('language, duration and user data', () => {
  const entry = entryOf('h265');
  const userData = [bytesFromHex('0000000966726565ff')];
  const tracks = [
    { id: 1, timescale: 90_000, entry, language: 'ita' },
    { id: 2, timescale: 90_000, entry, language: 'nonsense' },
  ];
  const parsed = parseInitSegment(serializeInitSegment({ tracks, durationMs: 12_345, userData }));
  expect(parsed.tracks.map(({ language }) => language)).toEqual(['ita', undefined]);
  expect(parsed.durationMs).toBe(12_345);
  expect(parsed.userData).toEqual(userData[0]);
  expect(serializeInitSegment({ tracks, durationMs: 1, userData })).toHaveLength(serializeInitSegment({ tracks, userData }).length);
});

describe('fragments', () => {
  const sample = (durationTicks: number, over: Partial<Mp4Sample> = {}): Mp4Sample => ({
    durationTicks,
    compositionOffsetTicks: 0,
    sync: true,
    sizeBytes: 1,
    payload: [Uint8Array.of(durationTicks)],
    ...over,
  });
  const one = (samples: readonly Mp4Sample[], baseDecodeTimeTicks = 0) =>
    serializeFragment({ sequence: 7, tracks: [{ id: 1, framing: 'plain', baseDecodeTimeTicks, samples }] });

  test('what samples share is said once', () => {
    // moof, mfhd, traf, tfhd with duration and flags, tfdt, trun with sizes, mdat
    const shared = 8 + 16 + 8 + (16 + 8) + 20 + (20 + 2 * 4) + (8 + 2);
    expect(one([sample(5), sample(5)])).toHaveLength(shared);
    expect(one([sample(5), sample(6)])).toHaveLength(shared + 4);
    expect(one([sample(5), sample(5, { sync: false })])).toHaveLength(shared + 4);
    expect(one([sample(5), sample(5, { compositionOffsetTicks: -1 })])).toHaveLength(shared + 8);
  });

  test('a decoding time above 32 bits, and a negative composition offset', () => {
    const base = 2 ** 40 + 3;
    const reader = new FragmentReader([{ ...mp3Track(), id: 1 }]);
    const read = reader.push(one([sample(5, { compositionOffsetTicks: -2 }), sample(5, { sync: false })], base));
    expect(read.map(({ dtsTicks, ptsTicks, sync }) => [dtsTicks, ptsTicks, sync])).toEqual([
      [base, base - 2, true],
      [base + 5, base + 5, false],
    ]);
  });

  test('a size that is not that of the payload is refused', () => {
    expect(() => one([sample(5, { sizeBytes: 2 })])).toThrow(RangeError);
  });

  function mp3Track(): InitTrack {
    return parseInitSegment(storedClip('mpeg4-mp3').init).tracks[1]!;
  }
});

describe('units into samples', () => {
  const frames = (name: (typeof CLIP_NAMES)[number], trackId: number) => {
    const clip = storedClip(name);
    return samplesOf(readClip(clip.bytes, clip.init), trackId).map(({ payload }) => payload[0]!);
  };
  const sampler = (description: CodecDescription, clockRateHz: number) =>
    new UnitSampler({ ...description, clockRateHz } as TimedDescription);

  test.each([
    ['AAC', { codec: 'MPEG-4 Audio', parameters: { config: bytesFromHex('118856e500') } } as const, 'h264-aac', 2, 48_000, 1024],
    ['Opus', { codec: 'Opus', parameters: { channelCount: 1 } } as const, 'av1-opus', 2, 48_000, 960],
    ['MP3', { codec: 'MPEG-1/2 Audio', parameters: {} } as const, 'mpeg4-mp3', 2, 90_000, 2160],
    ['AC-3', { codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 1 } } as const, 'mpeg2-ac3', 2, 48_000, 1536],
  ] as const)('frames of %s are samples', (_, description, name, trackId, clockRateHz, frameTicks) => {
    const payload = frames(name, trackId).slice(0, 3);
    const units = sampler(description, clockRateHz);
    const expected = payload.map((frame, index) => ({ offsetTicks: index * frameTicks, payload: [frame] }));
    expect(units.sample(payload, true)).toEqual(expected);
    expect(units.sample(payload.slice(0, 1), true)).toEqual(expected.slice(0, 1));
    expect(units.entry?.codec).toBe(description.codec);
  });

  test.each([
    ['AV1', { codec: 'AV1', parameters: {} } as const, 'av1-opus'],
    ['VP9', { codec: 'VP9', parameters: {} } as const, 'vp9-flac'],
    ['MPEG-2 video', { codec: 'MPEG-1/2 Video', parameters: {} } as const, 'mpeg2-ac3'],
    ['M-JPEG', { codec: 'M-JPEG', parameters: {} } as const, 'mjpeg'],
  ] as const)('%s shows its sample entry with a key unit', (_, description, name) => {
    const clip = storedClip(name);
    const [key, ...others] = samplesOf(readClip(clip.bytes, clip.init), 1);
    const units = sampler(description, 90_000);
    expect(units.entry).toBeUndefined();
    expect(units.sample(key!.payload, true)).toEqual([{ offsetTicks: 0, payload: key!.payload }]);
    const { entry } = units;
    expect(visualSizeOf(entry!)).toMatchObject({ width: 64, height: 48 });
    for (const { payload, sync } of others) units.sample(payload, sync);
    expect(units.entry).toBe(entry);
  });

  test('an entry changes with what it says, not with every revision', () => {
    const description = descriptionOf(entryOf('h264-aac')) as CodecDescription & { codec: 'H264' };
    const units = sampler({ codec: 'H264', parameters: {} }, 90_000);
    expect(units.entry).toBeUndefined();
    units.describe({ ...description, clockRateHz: 90_000 });
    const first = units.entry;
    expect(first).toEqual(entryOf('h264-aac'));
    units.describe({
      codec: 'H264',
      parameters: { sps: Uint8Array.from(description.parameters.sps!), pps: description.parameters.pps! },
      clockRateHz: 90_000,
    });
    expect(units.entry).toBe(first);
    units.describe({ codec: 'H264', parameters: { sps: description.parameters.sps!, pps: Uint8Array.of(0x68, 1) }, clockRateHz: 90_000 });
    expect(units.entry).not.toBe(first);
  });

  test.each([true, false])('LATM becomes AAC; configuration in-band: %s', (configInBand) => {
    const [first, second] = frames('h264-aac', 2);
    const config = parseAudioSpecificConfig(bytesFromHex('1188'));
    const mux = { subFrameCount: 2, programs: [[{ config, bufferFullness: 255 }]] };
    const outOfBand = configInBand ? {} : { config: serializeStreamMuxConfig(mux) };
    const units = sampler({ codec: 'MPEG-4 Audio LATM', parameters: { configInBand, ...outOfBand } }, 90_000);
    const element = serializeAudioMuxElement([first!, second!], mux, configInBand);
    expect(units.entry === undefined).toBe(configInBand);
    expect(units.sample([element], true)).toEqual([
      { offsetTicks: 0, payload: [first!] },
      { offsetTicks: 1920, payload: [second!] },
    ]);
    expect(units.entry).toEqual({ codec: 'MPEG-4 Audio', config: bytesFromHex('1188') });
  });

  test('an element of LATM that repeats a configuration which nobody has seen is no sample', () => {
    expect(sampler({ codec: 'MPEG-4 Audio LATM', parameters: { configInBand: true } }, 90_000).sample([Uint8Array.of(0x80)], true)).toEqual(
      [],
    );
  });

  test('G711 becomes LPCM', () => {
    const units = sampler({ codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 1 } }, 8000);
    expect(units.entry).toEqual({ codec: 'LPCM', bitDepth: 16, sampleRateHz: 8000, channelCount: 1, littleEndian: false });
    const [sample] = units.sample([Uint8Array.of(0xff, 0x80, 0x00)], true);
    expect(hexFromBytes(sample!.payload[0]!)).toBe('00007d7c8284');
  });

  test('codecs that MP4 does not carry here have no entry', () => {
    for (const codec of ['VP8', 'KLV'] as const) expect(sampleEntryOf({ codec, parameters: {} }, [Uint8Array.of(1)])).toBeUndefined();
  });
});
