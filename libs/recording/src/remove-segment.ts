import { unlink } from 'node:fs/promises';
import { sep } from 'node:path';
import { SegmentName } from './segment-name.ts';
import type { RecordingPath, SegmentId } from './segment-name.ts';

/** The file would be outside of the folder of recordings. */
export class SegmentOutsideError extends Error {
  readonly code = 'SEGMENT_OUTSIDE';

  constructor() {
    super('path escapes base directory');
    this.name = 'SegmentOutsideError';
  }
}

/** Deletes a segment. Errors: SegmentOutsideError; Node's, when the file is not there or cannot be deleted. */
export async function removeSegment(path: RecordingPath, segment: SegmentId): Promise<void> {
  const { folder } = SegmentName.of(path);
  const file = SegmentName.of(path, segment.path).encode(segment);
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw new SegmentOutsideError();
  await unlink(file);
}
