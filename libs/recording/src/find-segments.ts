import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePathPattern, isPatternPath, pathNameProblem } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { SegmentName } from './segment-name.ts';
import type { RecordingPath, SegmentStart } from './segment-name.ts';

export interface RecordedSegment extends SegmentStart {
  readonly file: string;
}

/** Paths with at least one segment on the disk, sorted. Folders that cannot be read have none. */
export async function findRecordedPaths({ paths }: Pick<Config, 'paths'>): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const path of paths.values()) {
    if (isPatternPath(path.name)) {
      const pattern = compilePathPattern(path.name);
      const segmentName = SegmentName.of(path);
      for await (const file of filesUnder(segmentName.folder)) {
        const name = segmentName.decode(file)?.path;
        if (name === undefined || names.has(name) || pathNameProblem(name) !== undefined) continue;
        if (pattern.matcher(name).find()) names.add(name);
      }
    } else if (await hasSegment(path, path.name)) names.add(path.name);
  }
  return [...names].sort();
}

/** Segments of a path, the earliest first. Folders that cannot be read have none; a name that is not one of a path has none. */
export async function findSegments(path: RecordingPath, name: string): Promise<readonly RecordedSegment[]> {
  // The name becomes part of a file's.
  if (pathNameProblem(name) !== undefined) return [];
  const segmentName = SegmentName.of(path, name);
  const segments: RecordedSegment[] = [];
  for await (const file of filesUnder(segmentName.folder)) {
    const id = segmentName.decode(file);
    if (id !== undefined) segments.push({ file, startUs: id.startUs, utcOffsetMinutes: id.utcOffsetMinutes });
  }
  return segments.sort((a, b) => a.startUs - b.startUs);
}

async function hasSegment(path: RecordingPath, name: string): Promise<boolean> {
  const segmentName = SegmentName.of(path, name);
  for await (const file of filesUnder(segmentName.folder)) if (segmentName.decode(file) !== undefined) return true;
  return false;
}

/** Files of a folder and of those in it; links are not followed. */
async function* filesUnder(folder: string): AsyncGenerator<string> {
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const entries = await opendir(next).catch(() => undefined);
    if (entries === undefined) continue;
    for await (const entry of entries) {
      const file = join(next, entry.name);
      if (entry.isDirectory()) folders.push(file);
      else yield file;
    }
  }
}
