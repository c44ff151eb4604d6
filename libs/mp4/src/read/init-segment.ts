import { ByteReader, ParseError } from '@mediamesh/bytes';
import { boxesIn, findBox, readFullBox, requireBox } from './box-header.ts';
import { parseSampleEntry } from './parse-sample-entry.ts';
import type { ParsedSampleEntry } from './parse-sample-entry.ts';

/** Bytes of an init segment; a track takes some hundreds, a file that is not fragmented tables of megabytes. */
export const MAX_INIT_BYTES = 1024 * 1024;
/** Tracks of a file; real ones have a few languages. */
export const MAX_TRACKS = 64;

/** What samples of a fragment have when it does not say it. */
export interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

export interface InitTrack extends ParsedSampleEntry {
  readonly id: number;
  /** Ticks a second. */
  readonly timescale: number;
  /** Three letters of ISO 639-2; absent when undetermined. */
  readonly language?: string;
  readonly defaults: SampleDefaults;
}

export interface ParsedInitSegment {
  readonly tracks: readonly InitTrack[];
  /** Sample entries of tracks whose codec is not one of ours. */
  readonly unsupported: readonly string[];
  /** 0: not said. */
  readonly durationMs: number;
  /** Content of `udta`. */
  readonly userData?: Uint8Array;
}

const NO_DEFAULTS: SampleDefaults = { durationTicks: 0, sizeBytes: 0, flags: 0 };

/**
 * The start of a fragmented file. Edit lists are not followed, as in MediaMTX: live streams have none that matters.
 *
 * Errors:   ParseError without movie box or tracks, at a limit, or when a box is malformed.
 * Aliasing: `userData` is a view of the input.
 * Source:   ISO 14496-12 8.2 to 8.5, 8.8.3.
 */
export function parseInitSegment(bytes: Uint8Array): ParsedInitSegment {
  if (bytes.length > MAX_INIT_BYTES) throw new ParseError('init segment', 0, `is larger than ${MAX_INIT_BYTES} bytes`);
  return parseMovie(requireBox(bytes, 'moov', 'init segment'));
}

/** The content of `moov`, with fragments behind it or without. Errors and aliasing: as `parseInitSegment`. */
export function parseMovie(movie: Uint8Array): ParsedInitSegment {
  const defaults = trackDefaults(movie);
  const tracks: InitTrack[] = [];
  const unsupported: string[] = [];
  for (const { type, content } of boxesIn(movie, 'moov')) {
    if (type !== 'trak') continue;
    if (tracks.length + unsupported.length === MAX_TRACKS) throw new ParseError('moov', 0, `has more than ${MAX_TRACKS} tracks`);
    const track = parseTrack(content, defaults);
    if (typeof track === 'string') unsupported.push(track);
    else tracks.push(track);
  }
  if (tracks.length + unsupported.length === 0) throw new ParseError('moov', 0, 'has no track');
  const userData = findBox(movie, 'udta', 'moov');
  return { tracks, unsupported, durationMs: movieDurationMs(movie), ...(userData && { userData }) };
}

function trackDefaults(movie: Uint8Array): Map<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  const extensions = findBox(movie, 'mvex', 'moov');
  if (!extensions) return defaults;
  for (const { type, content } of boxesIn(extensions, 'mvex')) {
    if (type !== 'trex' || defaults.size === MAX_TRACKS) continue;
    const { reader } = readFullBox(content, 'trex');
    const id = reader.u32();
    reader.skip(4); // sample description index: the first one is read
    defaults.set(id, { durationTicks: reader.u32(), sizeBytes: reader.u32(), flags: reader.u32() });
  }
  return defaults;
}

/** The track, or the type of its sample entry when that is not one of ours. */
function parseTrack(content: Uint8Array, defaults: ReadonlyMap<number, SampleDefaults>): InitTrack | string {
  const header = readFullBox(requireBox(content, 'tkhd', 'trak'), 'tkhd');
  header.reader.skip(header.version === 1 ? 16 : 8);
  const id = header.reader.u32();
  const media = requireBox(content, 'mdia', 'trak');
  const { timescale, language } = parseMediaHeader(requireBox(media, 'mdhd', 'mdia'));
  const table = requireBox(requireBox(media, 'minf', 'mdia'), 'stbl', 'minf');
  const { reader } = readFullBox(requireBox(table, 'stsd', 'stbl'), 'stsd');
  reader.skip(4); // count: the first one is read
  const first = boxesIn(reader.rest(), 'stsd').next();
  if (first.done) throw new ParseError('stsd', 0, 'has no sample entry');
  const parsed = parseSampleEntry(first.value);
  if (!parsed) return first.value.type;
  return { id, timescale, ...(language !== undefined && { language }), ...parsed, defaults: defaults.get(id) ?? NO_DEFAULTS };
}

function parseMediaHeader(content: Uint8Array): { timescale: number; language: string | undefined } {
  const { version, reader } = readFullBox(content, 'mdhd');
  reader.skip(version === 1 ? 16 : 8);
  const timescale = reader.u32();
  if (timescale === 0) throw new ParseError('mdhd', reader.position - 4, 'has a timescale of 0');
  reader.skip(version === 1 ? 8 : 4);
  return { timescale, language: unpackedLanguage(reader.u16()) };
}

function unpackedLanguage(packed: number): string | undefined {
  const language = String.fromCharCode(...[10, 5, 0].map((shift) => 0x60 + ((packed >> shift) & 0x1f)));
  return /^[a-z]{3}$/.test(language) && language !== 'und' ? language : undefined;
}

function movieDurationMs(movie: Uint8Array): number {
  const { version, reader } = readFullBox(requireBox(movie, 'mvhd', 'moov'), 'mvhd');
  reader.skip(version === 1 ? 16 : 8);
  const timescale = reader.u32();
  const duration = version === 1 ? longDuration(reader) : reader.u32();
  return timescale === 0 || duration === 0xffff_ffff ? 0 : Math.round((duration * 1000) / timescale);
}

/** All ones: not known. */
function longDuration(reader: ByteReader): number {
  const high = reader.u32();
  const low = reader.u32();
  return high > 0x1f_ffff ? 0 : high * 0x1_0000_0000 + low;
}
