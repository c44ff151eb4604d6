import { ParseError } from '@mediamesh/bytes';
import { parseAttributeList } from './attribute-list.ts';
import { decimalOf, integerOf } from './playlist-lines.ts';
import type { PlaylistLine } from './playlist-lines.ts';

/** A day in segments of a second. */
export const MAX_SEGMENTS = 100_000;
/** Parts of all segments: those of the last some segments are listed. */
export const MAX_PARTS = 10_000;
/** Of segments and targets: an hour. */
export const MAX_DURATION_S = 3_600;

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What is downloaded as one file, or as a range of one. */
export interface MediaResource {
  readonly uri: string;
  readonly range?: ByteRange;
}

export interface PlaylistPart extends MediaResource {
  /** It begins with a key frame. */
  readonly independent: boolean;
  readonly gap: boolean;
  readonly durationMs: number;
}

export interface PlaylistSegment extends MediaResource {
  readonly durationMs: number;
  readonly discontinuitySequence: number;
  /** Its init segment; absent for MPEG-TS. */
  readonly map?: MediaResource;
  /** Milliseconds since 1970 of its first sample, where the playlist says it, or the one before and a duration do. */
  readonly programDateTimeMs?: number;
  readonly gap: boolean;
  readonly parts: readonly PlaylistPart[];
}

/** Of a segment that is not complete yet: what is known of it so far. */
export type OpenSegment = Pick<PlaylistSegment, 'discontinuitySequence' | 'map' | 'programDateTimeMs' | 'parts'>;

export interface MediaPlaylist {
  readonly kind: 'media';
  readonly targetDurationMs: number;
  /** Number of the first segment. */
  readonly mediaSequence: number;
  readonly segments: readonly PlaylistSegment[];
  readonly open: OpenSegment;
  /** Undefined without low latency. */
  readonly partTargetMs: number | undefined;
  readonly canBlockReload: boolean;
  /** Nothing will be added. */
  readonly ended: boolean;
}

/**
 * A media playlist.
 *
 * Errors: ParseError of a malformed tag, past a limit, of encrypted media, and of a delta update, which is never asked for.
 * Source: RFC 8216 4.3, RFC 8216bis 4.4.
 */
export function parseMediaPlaylist(lines: readonly PlaylistLine[]): MediaPlaylist {
  const reader = new MediaPlaylistReader();
  for (const line of lines) reader.read(line);
  return reader.finish();
}

interface PendingSegment {
  durationMs: number | undefined;
  range: ByteRange | undefined;
  gap: boolean;
  parts: PlaylistPart[];
}

function nothingPending(): PendingSegment {
  return { durationMs: undefined, range: undefined, gap: false, parts: [] };
}

class MediaPlaylistReader {
  private targetDurationMs: number | undefined;
  private mediaSequence = 0;
  private partTargetMs: number | undefined;
  private canBlockReload = false;
  private ended = false;
  private discontinuitySequence = 0;
  private map: MediaResource | undefined;
  private programDateTimeMs: number | undefined;
  private readonly segments: PlaylistSegment[] = [];
  private partCount = 0;
  private pending = nothingPending();
  /** Where a range without offset begins: behind the one before it, of the same file. */
  private rangeEnd = { uri: '', offset: 0 };
  private unplacedRange: string | undefined;

  read({ tag, value }: PlaylistLine): void {
    switch (tag) {
      case '':
        return this.segment(value);
      case 'EXTINF':
        this.pending.durationMs = durationOf(value.split(',', 1)[0]!, tag);
        return;
      case 'EXT-X-TARGETDURATION':
        this.targetDurationMs = durationOf(value, tag);
        return;
      case 'EXT-X-MEDIA-SEQUENCE':
        this.mediaSequence = integerOf(value, tag);
        return;
      case 'EXT-X-DISCONTINUITY-SEQUENCE':
        this.discontinuitySequence = integerOf(value, tag);
        return;
      case 'EXT-X-DISCONTINUITY':
        this.discontinuitySequence++;
        this.programDateTimeMs = undefined;
        return;
      case 'EXT-X-ENDLIST':
        this.ended = true;
        return;
      case 'EXT-X-BYTERANGE':
        this.unplacedRange = value;
        return;
      case 'EXT-X-GAP':
        this.pending.gap = true;
        return;
      case 'EXT-X-PROGRAM-DATE-TIME': {
        const time = Date.parse(value);
        if (Number.isNaN(time)) throw new ParseError(tag, 0, 'is not a date');
        this.programDateTimeMs = time;
        return;
      }
      default:
        return this.attributes(tag, value);
    }
  }

  finish(): MediaPlaylist {
    if (this.targetDurationMs === undefined) throw new ParseError('media playlist', 0, 'has no EXT-X-TARGETDURATION');
    return {
      kind: 'media',
      targetDurationMs: this.targetDurationMs,
      mediaSequence: this.mediaSequence,
      segments: this.segments,
      open: { ...this.shared(), parts: this.pending.parts },
      partTargetMs: this.partTargetMs,
      canBlockReload: this.canBlockReload,
      ended: this.ended,
    };
  }

  private attributes(tag: string, value: string): void {
    switch (tag) {
      case 'EXT-X-MAP': {
        const attributes = parseAttributeList(value, tag);
        const range = attributes.get('BYTERANGE');
        this.map = { uri: uriOf(attributes, tag), ...(range !== undefined && { range: rangeOf(range, 0) }) };
        return;
      }
      case 'EXT-X-PART':
        return this.part(parseAttributeList(value, tag));
      case 'EXT-X-PART-INF':
        this.partTargetMs = durationOf(parseAttributeList(value, tag).get('PART-TARGET') ?? '', tag);
        return;
      case 'EXT-X-SERVER-CONTROL':
        this.canBlockReload = parseAttributeList(value, tag).get('CAN-BLOCK-RELOAD') === 'YES';
        return;
      case 'EXT-X-KEY':
        if (parseAttributeList(value, tag).get('METHOD') !== 'NONE')
          throw new ParseError(tag, 0, 'says that media is encrypted: not supported');
        return;
      case 'EXT-X-SKIP':
        throw new ParseError(tag, 0, 'is there, and no delta update was asked for');
      default:
        return;
    }
  }

  private segment(uri: string): void {
    const { durationMs, gap, parts } = this.pending;
    if (durationMs === undefined) throw new ParseError('media playlist', 0, 'has a URI without EXTINF');
    if (this.segments.length === MAX_SEGMENTS) throw new ParseError('media playlist', 0, `has more than ${MAX_SEGMENTS} segments`);
    this.segments.push({ uri, durationMs, gap, parts, ...this.placedRange(uri), ...this.shared() });
    if (this.programDateTimeMs !== undefined) this.programDateTimeMs += durationMs;
    this.pending = nothingPending();
  }

  private part(attributes: ReadonlyMap<string, string>): void {
    if (++this.partCount > MAX_PARTS) throw new ParseError('EXT-X-PART', 0, `there are more than ${MAX_PARTS}`);
    const uri = uriOf(attributes, 'EXT-X-PART');
    this.unplacedRange = attributes.get('BYTERANGE');
    this.pending.parts.push({
      uri,
      independent: attributes.get('INDEPENDENT') === 'YES',
      gap: attributes.get('GAP') === 'YES',
      durationMs: durationOf(attributes.get('DURATION') ?? '', 'EXT-X-PART'),
      ...this.placedRange(uri),
    });
  }

  private placedRange(uri: string): { readonly range?: ByteRange } {
    const text = this.unplacedRange;
    this.unplacedRange = undefined;
    if (text === undefined) return {};
    const range = rangeOf(text, this.rangeEnd.uri === uri ? this.rangeEnd.offset : 0);
    this.rangeEnd = { uri, offset: range.offset + range.length };
    return { range };
  }

  private shared(): Omit<OpenSegment, 'parts'> {
    const { discontinuitySequence, map, programDateTimeMs } = this;
    return { discontinuitySequence, ...(map && { map }), ...(programDateTimeMs !== undefined && { programDateTimeMs }) };
  }
}

function durationOf(text: string, tag: string): number {
  return decimalOf(text, tag, MAX_DURATION_S) * 1000;
}

function uriOf(attributes: ReadonlyMap<string, string>, tag: string): string {
  const uri = attributes.get('URI');
  if (uri === undefined || uri === '') throw new ParseError(tag, 0, 'has no URI');
  return uri;
}

/** `length[@offset]`. Errors: ParseError. */
function rangeOf(text: string, defaultOffset: number): ByteRange {
  const [length = '', offset] = text.split('@', 2);
  const range = { length: integerOf(length, 'byte range'), offset: offset === undefined ? defaultOffset : integerOf(offset, 'byte range') };
  if (range.length === 0 || !Number.isSafeInteger(range.offset + range.length))
    throw new ParseError('byte range', 0, `'${text}' is empty, or too large`);
  return range;
}
