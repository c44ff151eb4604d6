import type { CodecName } from '@mediamesh/codecs';
import type { Track } from './track.ts';

/** Their units are RTP packets as they came: `key` says nothing about decoding. */
const CODECS_NOT_PARSED: ReadonlySet<CodecName> = new Set(['MPEG-TS', 'FLAC', 'Vorbis', 'Speex', 'Generic']);

/** The track that segments, GOP cache and readers' gates follow: the first video, else the first audio, else the first of all. */
export function leadingTrack(tracks: readonly Track[]): Track | undefined {
  return tracks.find((track) => track.kind === 'video') ?? tracks.find((track) => track.kind === 'audio') ?? tracks[0];
}

/** Whether the track has units that need earlier ones: then decoding starts at its key units, else anywhere. */
export function startsAtKeyUnits(track: Track): boolean {
  return track.kind === 'video' && !CODECS_NOT_PARSED.has(track.codec);
}
