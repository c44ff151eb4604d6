import { readFileSync } from 'node:fs';

/** Packets of a stream that ffmpeg wrote, with the times and key marks that ffprobe reads. */
export interface StoredFrames {
  readonly frames: readonly Uint8Array[];
  readonly pts: readonly number[];
  readonly dts: readonly number[];
  readonly keys: readonly boolean[];
}

export function storedBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, import.meta.url)));
}

/** `path` without extension, beside this file. */
export function storedFrames(path: string): StoredFrames {
  const bytes = storedBytes(`${path}.bin`);
  const json = readFileSync(new URL(`${path}.json`, import.meta.url)).toString();
  const { sizes, ...rest } = JSON.parse(json) as { sizes: number[] } & Omit<StoredFrames, 'frames'>;
  let at = 0;
  const frames = sizes.map((size) => bytes.subarray(at, (at += size)));
  return { frames, ...rest };
}
