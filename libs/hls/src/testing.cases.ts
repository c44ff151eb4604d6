import { bytesFromHex, concatBytes, latin1FromBytes } from '@mediamesh/bytes';
import { Ingest, startTimeline } from '@mediamesh/media';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { HlsMuxer } from './muxer/hls-muxer.ts';
import type { HlsVariant } from './muxer/stamped-unit.ts';
import { mediaPlaylist } from './playlist/media-playlist.ts';
import { multivariantPlaylist } from './playlist/multivariant-playlist.ts';

const SPS = bytesFromHex('6764000aacd9447b011000000300100000030320f1225960');
const PPS = bytesFromHex('68ebe3cb22c0');
export const T0_US = 1_700_000_000_000_000;
export const FRAME_TICKS = 3600;

export const H264: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: { sps: SPS, pps: PPS } };
export const AAC: Track = {
  id: 2,
  kind: 'audio',
  clockRateHz: 48_000,
  codec: 'MPEG-4 Audio',
  parameters: { config: Uint8Array.of(0x11, 0x90) },
} as Track;
export const OPUS: Track = { id: 3, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };
export const OPTIONS = { segmentCount: 7, maxSegmentBytes: 50 * 1024 * 1024 } as const;

export interface StreamOptions {
  readonly tracks: readonly Track[];
  readonly seconds: number;
  /** Frames from one key frame to the next; 25 a second. */
  readonly gop?: number;
  readonly state?: EpochState;
  readonly segmentDurationMs?: number;
  /** At this second, the segment duration becomes `changedDurationMs`. */
  readonly changedDurationMs?: number;
}

/** Stamped units, as a publisher with B-frames gives them to the bus. */
export function stampedUnits(options: StreamOptions): { readonly state: EpochState; readonly units: readonly BusUnit[] } {
  const { tracks, seconds, gop = 25, segmentDurationMs = 1000 } = options;
  const state = options.state ?? startTimeline('cam', 5, { tracks, revision: 1 });
  const units: BusUnit[] = [];
  const sink = { write: (unit: BusUnit): void => void units.push(unit), describe: (): void => {} };
  const durations = { segmentDurationMs, partDurationMs: 200, segmentCount: OPTIONS.segmentCount };
  const ingest = new Ingest({ state, sink, ...durations }, T0_US);
  const writes = tracks.flatMap((track) => (track.kind === 'video' ? videoWrites(track, seconds, gop) : audioWrites(track, seconds)));
  let changed = options.changedDurationMs === undefined;
  for (const { atUs, write } of writes.sort((a, b) => a.atUs - b.atUs)) {
    if (!changed && atUs > (seconds / 2) * 1_000_000) {
      ingest.changeDurations({ ...durations, segmentDurationMs: options.changedDurationMs! });
      changed = true;
    }
    write(ingest, T0_US + atUs);
  }
  return { state, units };
}

interface TimedWrite {
  readonly atUs: number;
  readonly write: (ingest: Ingest, nowUs: number) => void;
}

/** I P B B P B B ...: pictures are shown in another order than they are decoded in. */
function videoWrites({ id }: Track, seconds: number, gop: number): TimedWrite[] {
  return Array.from({ length: seconds * 25 }, (_, frame) => {
    const key = frame % gop === 0;
    const position = frame % gop;
    const shift = position === 0 ? 2 : position % 3 === 1 ? 4 : 1;
    const dtsTicks = frame * FRAME_TICKS;
    const slice = Uint8Array.from({ length: 400 + (frame % 7) }, (__, at) => (at === 0 ? (key ? 0x65 : 0x41) : (frame * 31 + at) & 0xff));
    const payload = key ? [SPS, PPS, slice] : [slice];
    return {
      atUs: frame * 40_000,
      write: (ingest, nowUs) => ingest.write({ trackId: id, dtsTicks, ptsTicks: dtsTicks + shift * FRAME_TICKS, key, payload }, nowUs),
    };
  });
}

/** Two AAC frames a unit, or an Opus packet of 20 ms; they come a little late. */
function audioWrites({ id, codec }: Track, seconds: number): TimedWrite[] {
  const ticks = codec === 'Opus' ? 960 : 2048;
  return Array.from({ length: Math.floor((seconds * 48_000) / ticks) }, (_, index) => {
    const at = index * ticks;
    const frame = Uint8Array.from({ length: 60 + (index % 5) }, (__, byte) => (byte === 0 ? (3 << 3) | (3 << 5) : (index + byte) & 0xff));
    if (codec === 'Opus') frame[0] = 0x78; // CELT, 20 ms, one frame
    return {
      atUs: Math.round((at * 1000) / 48) + 17_003,
      write: (ingest, nowUs) =>
        ingest.write({ trackId: id, dtsTicks: at, ptsTicks: at, key: true, payload: codec === 'Opus' ? [frame] : [frame, frame] }, nowUs),
    };
  });
}

export function muxerOf(state: EpochState, variant: HlsVariant): HlsMuxer {
  return new HlsMuxer({ epoch: state.epoch, tracks: state.description.tracks }, { ...OPTIONS, variant });
}

/** Everything that a client can see: playlists, and each file that they name. */
export function served(muxer: HlsMuxer): Record<string, string> {
  if (!muxer.hasContent) return {};
  const result: Record<string, string> = { 'index.m3u8': multivariantPlaylist(muxer).withQuery('') };
  muxer.streams.forEach(({ id }, index) => {
    for (const delta of muxer.variant === 'lowLatency' ? [false, true] : [false]) {
      result[`${id} ${delta ? 'delta' : 'full'}`] = mediaPlaylist(muxer, index, delta).withQuery('');
    }
  });
  for (const playlist of Object.values(result)) {
    for (const uri of urisOf(playlist)) {
      const file = muxer.file(uri);
      if (file === undefined) throw new Error(`${uri} is announced, and not there`);
      result[uri] = latin1FromBytes(concatBytes(file.chunks));
    }
  }
  return result;
}

/** Without playlists, and without what does not exist yet or never will. */
export function urisOf(playlist: string): readonly string[] {
  const lines = playlist.split('\n').filter((line) => !line.includes('PRELOAD-HINT'));
  const uris = lines.flatMap((line) => (line.startsWith('#') ? (/URI="([^"]+)"/u.exec(line)?.[1] ?? []) : line));
  return uris.filter((uri) => uri !== '' && !uri.includes('.m3u8') && !uri.startsWith('gap.'));
}
