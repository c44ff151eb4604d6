import { equalBytes } from '@mediamesh/bytes';
import type { StreamDescription, Track } from './track.ts';

/** The codec's name, as logs and the Control API print it. */
export function trackLabel(track: Track): string {
  return track.codec;
}

/** As logs print it: `2 tracks (H264, MPEG-4 Audio)`. */
export function describeTracks(tracks: readonly Track[]): string {
  return `${tracks.length} ${tracks.length === 1 ? 'track' : 'tracks'} (${tracks.map(trackLabel).join(', ')})`;
}

/**
 * Whether a reader of `a` can go on with `b`: the same kinds, codecs, order and clock rates, and equal audio configuration.
 * Parameters of video may differ, since they come in-band; those of a generic codec say which codec it is.
 */
export function tracksMatch(a: StreamDescription, b: StreamDescription): boolean {
  if (a.tracks.length !== b.tracks.length) return false;
  for (let i = 0; i < a.tracks.length; i++) if (!trackMatches(a.tracks[i]!, b.tracks[i]!)) return false;
  return true;
}

function trackMatches(a: Track, b: Track): boolean {
  if (a.id !== b.id || a.kind !== b.kind || a.codec !== b.codec || a.clockRateHz !== b.clockRateHz) return false;
  if (a.kind === 'video' && a.codec !== 'Generic') return true;
  return equalParameters(a.parameters, b.parameters);
}

/** Values of codec parameters: numbers, texts, flags, bytes, lists and records of them. */
function equalParameters(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) return a instanceof Uint8Array && b instanceof Uint8Array && equalBytes(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) if (!(key in b) || !equalParameters(a[key as keyof typeof a], b[key as keyof typeof b])) return false;
  return true;
}
