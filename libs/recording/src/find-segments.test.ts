import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConfigText, resolveConfig } from '@mediamesh/config';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRecordedPaths, findSegments } from './find-segments.ts';
import { SegmentOutsideError, removeSegment } from './remove-segment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function record(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
}

const RECORDING = (): { recordPath: string; recordFormat: 'fmp4' } => ({ recordPath: `${folder}/%path/%s`, recordFormat: 'fmp4' });

test('segments of a path, the earliest first, and nothing else', async () => {
  record(
    'cam/1700000002.mp4',
    'cam/1700000001.mp4',
    'cam/1700000001.mp4.part',
    'cam/1700000001.ts',
    'cam2/1700000001.mp4',
    'cam/x/1700000003.mp4',
  );
  const segments = await findSegments(RECORDING(), 'cam');
  expect(segments.map(({ file, startUs }) => [file, startUs])).toEqual([
    [join(folder, 'cam/1700000001.mp4'), 1_700_000_001_000_000],
    [join(folder, 'cam/1700000002.mp4'), 1_700_000_002_000_000],
  ]);
  expect(await findSegments(RECORDING(), 'nobody')).toEqual([]);
  expect(await findSegments(RECORDING(), '../cam')).toEqual([]);
});

test('links to folders are not followed', async () => {
  record('cam/1700000001.mp4');
  symlinkSync(folder, join(folder, 'cam', 'loop'));
  expect(await findSegments(RECORDING(), 'cam')).toHaveLength(1);
});

test('recorded paths, of entries with a name and of regular expressions', async () => {
  record('cam1/1700000001.mp4', 'rec/a/b/1700000001.mp4', 'rec/a/b/1700000002.mp4', 'other/1700000001.mp4', 'rec/bad name/1700000001.mp4');
  const paths = `pathDefaults:\n  recordPath: ${folder}/%path/%s\npaths:\n  cam1:\n  cam2:\n  "~^rec/":\n`;
  expect(await findRecordedPaths(resolveConfig(parseConfigText(paths)).config)).toEqual(['cam1', 'rec/a/b']);
  const all = resolveConfig(parseConfigText(`${paths}  all_others:\n`)).config;
  expect(await findRecordedPaths(all)).toEqual(['cam1', 'other', 'rec/a/b']);
});

test('a segment is removed; a file outside of the recordings never', async () => {
  record('rec/cam/1700000001.mp4', '1700000001.mp4');
  const recording = { ...RECORDING(), recordPath: `${folder}/rec/%path/%s` };
  const segment = { path: 'cam', startUs: 1_700_000_001_000_000, utcOffsetMinutes: 0 };
  await removeSegment(recording, segment);
  expect(existsSync(join(folder, 'rec/cam/1700000001.mp4'))).toBe(false);
  await expect(removeSegment(recording, segment)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(removeSegment(recording, { ...segment, path: '..' })).rejects.toThrow(SegmentOutsideError);
  expect(existsSync(join(folder, '1700000001.mp4'))).toBe(true);
});
