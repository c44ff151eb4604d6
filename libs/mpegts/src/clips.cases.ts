import { readFileSync } from 'node:fs';
import { TsDemuxer } from './index.ts';
import type { TsEvent, TsStream, TsUnit } from './index.ts';

/** What ffprobe reads in a stream; null where it reads none. */
export interface ProbedStream {
  readonly pts: readonly (number | null)[];
  readonly dts: readonly (number | null)[];
}

export const CLIP_NAMES = ['h264-aac', 'h265-opus', 'mpeg2-mp2', 'mpeg4-ac3', 'latm', 'wrapping'] as const;
export type ClipName = (typeof CLIP_NAMES)[number];

/** A transport stream of ffmpeg, made by `scripts/make-clips.mjs`. */
export function storedClip(name: ClipName): { readonly bytes: Uint8Array; readonly streams: readonly ProbedStream[] } {
  const bytes = new Uint8Array(readFileSync(new URL(`testdata/${name}.mpegts`, import.meta.url)));
  const { streams } = JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url)).toString()) as {
    readonly streams: readonly ProbedStream[];
  };
  return { bytes, streams };
}

/** All events of a whole stream, in chunks of a size. */
export function demux(bytes: Uint8Array, chunkBytes = bytes.length): readonly TsEvent[] {
  const demuxer = new TsDemuxer();
  const events: TsEvent[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) events.push(...demuxer.push(bytes.subarray(at, at + chunkBytes)));
  events.push(...demuxer.end());
  return events;
}

export function streamsOf(events: readonly TsEvent[]): readonly TsStream[] {
  return events.find((event) => event.kind === 'streams')?.streams ?? [];
}

export function unitsOf(events: readonly TsEvent[], pid?: number): readonly TsUnit[] {
  return events.flatMap((event) => (event.kind === 'unit' && (pid === undefined || event.unit.pid === pid) ? [event.unit] : []));
}
