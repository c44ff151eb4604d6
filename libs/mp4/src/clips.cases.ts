import { readFileSync } from 'node:fs';
import { FragmentReader, boxesIn, parseInitSegment } from './index.ts';
import type { ParsedInitSegment, ReadSample } from './index.ts';

/** What ffprobe reads in a track. */
export interface ProbedTrack {
  readonly codec: string;
  readonly type: string;
  readonly timescale: number;
  readonly width?: number;
  readonly height?: number;
  readonly dts: readonly number[];
  readonly pts: readonly number[];
  readonly sizes: readonly number[];
  readonly keys: readonly number[];
}

/** A file of ffmpeg, made by `scripts/make-clips.mjs`. */
export interface Clip {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Up to the end of its movie box. */
  readonly init: Uint8Array;
  readonly tracks: readonly ProbedTrack[];
}

export const CLIP_NAMES = [
  'h264-aac',
  'h264-aac-absolute',
  'h264-aac-relative',
  'h264-aac-cmaf',
  'h265',
  'av1-opus',
  'vp9-flac',
  'mpeg4-mp3',
  'mpeg2-ac3',
  'mpeg1-pcm',
  'mjpeg',
  'opus-six-channels',
] as const;

export function storedClip(name: (typeof CLIP_NAMES)[number] | 'plain-h264-aac' | 'plain-h265'): Clip {
  const bytes = new Uint8Array(readFileSync(new URL(`testdata/${name}.mp4`, import.meta.url)));
  const { tracks } = JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url)).toString()) as Pick<Clip, 'tracks'>;
  for (const { type, content } of boxesIn(bytes, 'file')) {
    if (type === 'moov') return { name, bytes, init: bytes.subarray(0, content.byteOffset + content.length - bytes.byteOffset), tracks };
  }
  throw new Error(`${name} has no movie box`);
}

export interface ReadClip extends ParsedInitSegment {
  readonly samples: readonly ReadSample[];
}

/** Reads a whole file in chunks of a size. */
export function readClip(bytes: Uint8Array, init: Uint8Array, chunkBytes = bytes.length): ReadClip {
  const parsed = parseInitSegment(init);
  const reader = new FragmentReader(parsed.tracks);
  const samples: ReadSample[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) samples.push(...reader.push(bytes.subarray(at, at + chunkBytes)));
  reader.end();
  return { ...parsed, samples };
}

/** The samples of a track, in order. */
export function samplesOf({ samples }: ReadClip, trackId: number): readonly ReadSample[] {
  return samples.filter((sample) => sample.trackId === trackId);
}
