import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@mediamesh/bytes';
import {
  FragmentReader,
  boxesIn,
  descriptionOf,
  parseInitSegment,
  sampleEntryOf,
  sampleFramingOf,
  serializeFragment,
  serializeInitSegment,
  sizeOfSample,
} from '@mediamesh/mp4';
import type { InitTrack, Mp4Sample, ReadSample, SampleEntry } from '@mediamesh/mp4';
import { REPOSITORY, ffmpegFile } from '@mediamesh/testkit';
import { afterAll, describe, expect, test } from 'vitest';

const CLIPS = join(REPOSITORY, 'libs', 'mp4', 'src', 'testdata');
/** In fragments. Others have edit lists, which move what is read; they are tested where they are read. */
const NAMES = readdirSync(CLIPS).filter((name) => name.endsWith('.mp4') && !name.startsWith('plain-'));
const SAMPLES_A_FRAGMENT = 3;

/** Files, not streams: no topology takes part. */
describe('ffmpeg decodes what is read and written again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mediamesh-mp4-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('there are clips', () => {
    expect(NAMES.length).toBeGreaterThan(10);
  });

  test.each(NAMES)('%s: every frame, at the same time', (name) => {
    const original = join(CLIPS, name);
    const copy = join(folder, name);
    writeFileSync(copy, rewritten(new Uint8Array(readFileSync(original))));
    const frames = decodedFrames(original);
    expect(frames.length).toBeGreaterThan(9);
    expect(decodedFrames(copy)).toEqual(frames);
  });
});

/** `framemd5` of every stream: stream, times, size and hash. An error message fails, also when ffmpeg goes on. */
function decodedFrames(file: string): readonly string[] {
  const args = ['-nostdin', '-v', 'error', '-i', file, '-map', '0', '-f', 'framemd5', '-'];
  const { stdout, stderr, status } = spawnSync(ffmpegFile('current'), args);
  expect({ status, messages: stderr.toString() }).toEqual({ status: 0, messages: '' });
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function rewritten(bytes: Uint8Array): Uint8Array {
  const { tracks } = parseInitSegment(initOf(bytes));
  const reader = new FragmentReader(tracks);
  const samples = reader.push(bytes);
  reader.end();
  const of = (track: InitTrack): ReadSample[] => samples.filter(({ trackId }) => trackId === track.id);
  const parts = [serializeInitSegment({ tracks: tracks.map((track) => ({ ...track, entry: completeEntry(track.entry, of(track)) })) })];
  for (let start = 0; ; start += SAMPLES_A_FRAGMENT) {
    const some = tracks.map((track) => ({ track, samples: of(track).slice(start, start + SAMPLES_A_FRAGMENT) }));
    const present = some.filter((one) => one.samples.length > 0);
    if (present.length === 0) return concatBytes(parts);
    const fragment = present.map((one) => {
      const framing = sampleFramingOf(one.track.entry.codec);
      const baseDecodeTimeTicks = one.samples[0]!.dtsTicks;
      return { id: one.track.id, framing, baseDecodeTimeTicks, samples: one.samples.map((sample) => written(sample, one.track)) };
    });
    parts.push(serializeFragment({ sequence: start, tracks: fragment }));
  }
}

function initOf(bytes: Uint8Array): Uint8Array {
  for (const { type, content } of boxesIn(bytes, 'file')) {
    if (type === 'moov') return bytes.subarray(0, content.byteOffset + content.length - bytes.byteOffset);
  }
  throw new Error('there is no movie box');
}

/** ffmpeg leaves the headers of MPEG-1/2 video in-band. */
function completeEntry(entry: SampleEntry, samples: readonly ReadSample[]): SampleEntry {
  return entry.codec === 'MPEG-1/2 Video' ? sampleEntryOf(descriptionOf(entry)!, samples[0]!.payload)! : entry;
}

function written({ durationTicks, dtsTicks, ptsTicks, sync, payload }: ReadSample, track: InitTrack): Mp4Sample {
  const sizeBytes = sizeOfSample(sampleFramingOf(track.entry.codec), payload);
  return { durationTicks, compositionOffsetTicks: ptsTicks - dtsTicks, sync, payload, sizeBytes };
}
