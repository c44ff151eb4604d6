import { ParseError } from '@mediamesh/bytes';
import { trackKindOf } from '@mediamesh/codecs';
import { descriptionOf, readMovieFile } from '@mediamesh/mp4';
import type { InitTrack, ReadSample } from '@mediamesh/mp4';
import type { SlateTrack } from './slate-content.ts';

const VIDEO_CLOCK_HZ = 90_000;
/** Pictures and pieces of sound come less often; a loop of no duration would never end. */
export const MAX_SAMPLES_A_SECOND = 1_000;

/**
 * The tracks of an MP4 file. They are repeated together: none is longer than the loop.
 * Errors: ParseError, also of a track that nothing in the product carries, has no samples or too many a second, or begins in the middle
 * of something.
 */
export function clipTracks(file: Uint8Array): readonly SlateTrack[] {
  const { tracks, samples, unsupported } = readMovieFile(file);
  if (unsupported.length > 0) throw new ParseError('MP4', 0, `has a track of the type ${unsupported.join(', ')}, which is not supported`);
  const own = tracks.map((track) => ({ track, samples: samples.filter(({ trackId }) => trackId === track.id) }));
  const seconds = Math.max(...own.map(durationSecondsOf));
  const mostSamples = Math.max(...own.map((one) => one.samples.length));
  if (!(seconds > 0) || mostSamples / seconds > MAX_SAMPLES_A_SECOND)
    throw new ParseError('MP4', 0, `has more than ${MAX_SAMPLES_A_SECOND} samples a second`);
  return own.map((one, index) => slateTrack(one, index + 1, seconds));
}

interface ClipTrack {
  readonly track: InitTrack;
  readonly samples: readonly ReadSample[];
}

function durationSecondsOf({ track, samples }: ClipTrack): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new ParseError('MP4', 0, `has no samples of its track ${track.id}`);
  return (last.dtsTicks + last.durationTicks - first.dtsTicks) / track.timescale;
}

function slateTrack({ track: { timescale, entry }, samples }: ClipTrack, id: number, seconds: number): SlateTrack {
  const description = descriptionOf(entry);
  if (description === undefined) throw new ParseError('MP4', 0, `has a track of little-endian ${entry.codec}, which is not supported`);
  const kind = trackKindOf(description);
  if (kind === 'video' && samples[0]?.sync !== true) throw new ParseError('MP4', 0, 'does not begin with a key frame');
  const clockRateHz = kind === 'video' ? VIDEO_CLOCK_HZ : timescale;
  const scaled = (ticks: number): number => Math.round((ticks * clockRateHz) / timescale);
  return {
    track: { id, kind, clockRateHz, ...description },
    samples: samples.map(({ dtsTicks, ptsTicks, payload }) => ({ dtsTicks: scaled(dtsTicks), ptsTicks: scaled(ptsTicks), payload })),
    loopTicks: Math.ceil(seconds * clockRateHz),
  };
}
