import type { Track } from './track.ts';

/** The track that segments, GOP cache and readers' gates follow: the first video, else the first audio, else the first of all. */
export function leadingTrack(tracks: readonly Track[]): Track | undefined {
  return tracks.find((track) => track.kind === 'video') ?? tracks.find((track) => track.kind === 'audio') ?? tracks[0];
}
