import { ParseError } from '@mediamesh/bytes';
import { parseSample, sampleFramingOf } from '../fragment/sample-framing.ts';
import { boxesIn, findBox, readFullBox, requireBox } from './box-header.ts';
import { FragmentReader } from './fragment-reader.ts';
import type { ReadSample } from './fragment-reader.ts';
import { parseMovie } from './init-segment.ts';
import type { InitTrack, ParsedInitSegment } from './init-segment.ts';
import type { SampleLocation } from './movie-fragment.ts';
import { parseSampleTable } from './sample-table.ts';

export interface MovieFile extends Omit<ParsedInitSegment, 'userData'> {
  /** Track by track, in decoding order. */
  readonly samples: readonly ReadSample[];
}

/**
 * A complete file, with fragments or without.
 *
 * Units:    ticks of each track's timescale; the first edit of a track moves its times, others are not followed.
 * Errors:   ParseError when a box is malformed, at a limit, or when samples lie outside of the file.
 * Aliasing: payloads are views of the file.
 * Source:   ISO 14496-12 8.6.6, and those of `parseInitSegment`, `parseSampleTable` and `FragmentReader`.
 */
export function readMovieFile(file: Uint8Array): MovieFile {
  const movie = requireBox(file, 'moov', 'file');
  const { tracks, unsupported, durationMs } = parseMovie(movie);
  const samples = findBox(movie, 'mvex', 'moov') === undefined ? tableSamples(file, movie, tracks) : fragmentSamples(file, tracks);
  return { tracks, unsupported, durationMs, samples };
}

function fragmentSamples(file: Uint8Array, tracks: readonly InitTrack[]): readonly ReadSample[] {
  const reader = new FragmentReader(tracks);
  const samples = reader.push(file);
  reader.end();
  return samples;
}

function tableSamples(file: Uint8Array, movie: Uint8Array, tracks: readonly InitTrack[]): readonly ReadSample[] {
  const samples: ReadSample[] = [];
  for (const { type, content } of boxesIn(movie, 'moov')) {
    if (type !== 'trak') continue;
    const track = tracks.find(({ id }) => id === trackIdOf(content));
    if (track === undefined) continue;
    const media = requireBox(content, 'mdia', 'trak');
    const table = requireBox(requireBox(media, 'minf', 'mdia'), 'stbl', 'minf');
    const shiftTicks = firstEdit(content);
    for (const location of parseSampleTable(track.id, table)) samples.push(sampleOf(file, track, location, shiftTicks));
  }
  return samples;
}

function trackIdOf(track: Uint8Array): number {
  const { version, reader } = readFullBox(requireBox(track, 'tkhd', 'trak'), 'tkhd');
  reader.skip(version === 1 ? 16 : 8);
  return reader.u32();
}

/** Where in the track its presentation begins. An empty edit before it is not followed. */
function firstEdit(track: Uint8Array): number {
  const edits = findBox(track, 'edts', 'trak');
  const list = edits && findBox(edits, 'elst', 'edts');
  if (list === undefined) return 0;
  const { version, reader } = readFullBox(list, 'elst');
  const count = reader.u32();
  for (let edit = 0; edit < count; edit++) {
    reader.skip(version === 1 ? 8 : 4);
    const high = version === 1 ? reader.u32() : 0;
    const low = reader.u32();
    reader.skip(4); // rate
    const isEmpty = low === 0xffff_ffff;
    if (!isEmpty && high === 0) return low;
  }
  return 0;
}

function sampleOf(file: Uint8Array, track: InitTrack, location: SampleLocation, shiftTicks: number): ReadSample {
  const { trackId, dtsTicks, ptsTicks, durationTicks, sync, offset, sizeBytes } = location;
  if (offset + sizeBytes > file.length) throw new ParseError('file', offset, 'ends before a sample');
  const bytes = file.subarray(offset, offset + sizeBytes);
  const payload = parseSample(sampleFramingOf(track.entry.codec), bytes, track.nalLengthBytes);
  return { trackId, dtsTicks: dtsTicks - shiftTicks, ptsTicks: ptsTicks - shiftTicks, durationTicks, sync, payload };
}
