import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@mediamesh/bytes';
import { TsDemuxer, TsMuxer } from '@mediamesh/mpegts';
import { REPOSITORY, ffmpegFile } from '@mediamesh/testkit';
import { afterAll, describe, expect, test } from 'vitest';

const CLIPS = join(REPOSITORY, 'libs', 'mpegts', 'src', 'testdata');
const NAMES = readdirSync(CLIPS).filter((name) => name.endsWith('.mpegts'));
const UNITS_A_SEGMENT = 5;

/** Files, not streams: no topology takes part. */
describe('ffmpeg decodes what is read and written again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mediamesh-mpegts-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('there are clips', () => {
    expect(NAMES.length).toBeGreaterThan(5);
  });

  describe.each(NAMES)('%s', (name) => {
    const original = join(CLIPS, name);
    const frames = decodedFrames(original);

    test.each([
      ['as one stream', false],
      ['in segments that know nothing of each other', true],
    ])('%s: every frame', (_name, segmented) => {
      const copy = join(folder, name);
      writeFileSync(copy, rewritten(new Uint8Array(readFileSync(original)), segmented));
      expect(frames.length).toBeGreaterThan(9);
      expect(decodedFrames(copy)).toEqual(frames);
    });
  });
});

/** Hashes of every stream's frames. An error message fails, also when ffmpeg goes on; so does a packet that it takes for corrupt. */
function decodedFrames(file: string): readonly string[] {
  const args = ['-nostdin', '-v', 'error', '-fflags', '+discardcorrupt', '-f', 'mpegts', '-i', file, '-map', '0', '-f', 'framemd5', '-'];
  const { stdout, stderr, status } = spawnSync(ffmpegFile('current'), args);
  expect({ status, messages: stderr.toString() }).toEqual({ status: 0, messages: '' });
  const lines = stdout.toString().split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(streamAndHash);
}

function streamAndHash(line: string): string {
  const fields = line.split(',');
  return `${fields[0]!.trim()} ${fields[5]!.trim()}`;
}

function rewritten(bytes: Uint8Array, segmented: boolean): Uint8Array {
  const demuxer = new TsDemuxer();
  const events = [...demuxer.push(bytes), ...demuxer.end()];
  const streams = events.flatMap((event) => (event.kind === 'streams' ? event.streams : []));
  const units = events.flatMap((event) => (event.kind === 'unit' ? [event.unit] : []));
  const muxer = new TsMuxer({ tracks: streams.map((stream) => ({ ...stream, id: stream.pid })), originTicks: 126_000 });
  const written = units.map((unit, index) => {
    if (segmented && index % UNITS_A_SEGMENT === 0) muxer.startSegment();
    return muxer.write({ ...unit, trackId: unit.pid, key: true });
  });
  return concatBytes(written);
}
