import { ParseError, hexFromBytes } from '@mediamesh/bytes';
import { parseAudioSpecificConfig } from '@mediamesh/codecs';
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
 * What of a track a successor must share, so that its readers can go on: place, kind, codec, clock rate and audio configuration.
 * Parameters of video may differ, since they come in-band; those of a generic codec say which codec it is.
 */
export function spliceLabel(track: Track): string {
  const { id, kind, codec, clockRateHz } = track;
  return `${id} ${kind} ${codec} ${clockRateHz} ${canonical(fixedOf(track))}`.trimEnd();
}

function fixedOf({ kind, codec, parameters }: Track): unknown {
  if (kind === 'video' && codec !== 'Generic') return undefined;
  if (codec === 'MPEG-4 Audio') {
    try {
      return parseAudioSpecificConfig(parameters.config); // without the extensions that encoders add behind it
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
  }
  // Mono and stereo of Opus are said in-band.
  if (codec === 'Opus' && parameters.multistream === undefined) return undefined;
  return parameters;
}

/** Whether a reader of `a` can go on with `b`. */
export function tracksMatch(a: StreamDescription, b: StreamDescription): boolean {
  return a.tracks.length === b.tracks.length && a.tracks.every((track, index) => spliceLabel(track) === spliceLabel(b.tracks[index]!));
}

/** Codec parameters as text, whatever the order of their keys: numbers, texts, flags, bytes, lists and records of them. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return hexFromBytes(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === undefined) return '';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${key}:${canonical(member)}`).join()}}`;
}
