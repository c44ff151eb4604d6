/** A line of ffmpeg's `framemd5`: a decoded picture. */
export interface HashedFrame {
  readonly dts: number;
  readonly pts: number;
  /** Of the decoded picture: what its width and height make. */
  readonly sizeBytes: number;
  readonly hash: string;
}

/** Lines are `stream, dts, pts, duration, size, hash`; those of the header begin with #. */
export function parseFrameHashes(text: string): readonly HashedFrame[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const fields = line.split(',').map((field) => field.trim());
      return { dts: Number(fields[1]), pts: Number(fields[2]), sizeBytes: Number(fields[4]), hash: fields[5]! };
    });
}

/** Errors: the first pair of frames whose presentation times do not rise. */
export function expectRisingTimes(frames: readonly HashedFrame[]): void {
  frames.forEach((frame, index) => {
    const before = frames[index - 1];
    if (before !== undefined && frame.pts <= before.pts)
      throw new Error(`frame ${index} has the time ${frame.pts}, after ${before.pts}: times must rise`);
  });
}
