import { ParseError } from '@mediamesh/bytes';
import type { MediaPlaylist, MediaResource, OpenSegment, PlaylistPart, PlaylistSegment } from './media-playlist.ts';

/** Of a live playlist: where pulling begins, in segments from the end. As MediaMTX. */
const START_DISTANCE = 3;
/** A playlist that does not change is asked for again until so many target durations have passed. */
const MAX_UNCHANGED_TARGETS = 6;
const MIN_RELOAD_MS = 100;

/** A segment, or a part of one, to be downloaded now. */
export interface WantedMedia extends MediaResource {
  readonly map: MediaResource | undefined;
  readonly discontinuitySequence: number;
  /** Of its first sample. */
  readonly programDateTimeMs: number | undefined;
  /** Media between this one and the one before is missing. */
  readonly afterLoss: boolean;
}

export type CursorStep =
  | { readonly kind: 'media'; readonly media: WantedMedia }
  /** The playlist has nothing new: to be loaded again, at once where the server holds the answer back until there is something. */
  | { readonly kind: 'reload'; readonly afterMs: number; readonly blockingQuery: string | undefined }
  | { readonly kind: 'end' };

/**
 * What of a media playlist is to be downloaded next.
 *
 * Shape:   `next` until it wants the playlist again, then `next` with what was loaded.
 * Start:   a playlist that is complete from its first segment on, a live one three segments from its end, one with parts at its last
 *          independent part.
 * Losses:  segments that left the playlist before they were taken are passed over; gaps too.
 * Errors:  ParseError when the playlist goes backwards, or stays the same for too long.
 * Source:  RFC 8216 6.3, RFC 8216bis 6.3.7.
 */
export class PlaylistCursor {
  /** Number of the segment that is next; undefined before the start. */
  private segment: number | undefined;
  /** Parts of it that were taken. */
  private part = 0;
  private lost = false;
  private unchangedMs = 0;
  private readonly leastBehindMs: number;
  /** Of a playlist with parts: from where it began to the end that it had then. */
  startedBehindMs = 0;

  /** `leastBehindMs`: of a playlist with parts, so that a rendition begins where the leading playlist has. */
  constructor(leastBehindMs = 0) {
    this.leastBehindMs = leastBehindMs;
  }

  next(playlist: MediaPlaylist): CursorStep {
    this.segment ??= this.start(playlist);
    const { mediaSequence, segments } = playlist;
    const end = mediaSequence + segments.length;
    if (this.segment < mediaSequence) {
      this.segment = mediaSequence;
      this.part = 0;
      this.lost = true;
    }
    if (this.segment > end) throw new ParseError('media playlist', 0, 'goes backwards');
    for (; this.segment < end; this.leave()) {
      const media = this.ofSegment(segments[this.segment - mediaSequence]!);
      if (media !== undefined) return this.took(media);
    }
    const media = this.ofParts(playlist.open);
    if (media !== undefined) return this.took(media);
    return playlist.ended ? { kind: 'end' } : this.reload(playlist);
  }

  private start(playlist: MediaPlaylist): number {
    const { mediaSequence, segments, ended, partTargetMs, open } = playlist;
    const end = mediaSequence + segments.length;
    if (ended) return mediaSequence;
    if (partTargetMs === undefined) return Math.max(mediaSequence, end - START_DISTANCE);
    const withParts: readonly (readonly PlaylistPart[])[] = [...segments.map(({ parts }) => parts), open.parts];
    let behindMs = 0;
    let start = end;
    for (let index = withParts.length - 1; index >= 0; index--) {
      const parts = withParts[index]!;
      for (let part = parts.length - 1; part >= 0; part--) {
        const { durationMs, independent, gap } = parts[part]!;
        behindMs += durationMs;
        if (!independent || gap) continue;
        start = mediaSequence + index;
        this.part = part;
        this.startedBehindMs = behindMs;
        if (behindMs >= this.leastBehindMs) return start;
      }
    }
    return start;
  }

  /** The next piece of a complete segment: its next part where some were taken, else all of it. */
  private ofSegment(segment: PlaylistSegment): WantedMedia | undefined {
    if (this.part > 0) {
      if (segment.parts.length < this.part) this.lost = true; // its parts are not listed any more, and some were not taken
      return this.ofParts(segment);
    }
    if (segment.gap) {
      this.lost = true;
      return undefined;
    }
    this.leave();
    return { ...this.wanted(segment), uri: segment.uri, ...(segment.range && { range: segment.range }) };
  }

  private ofParts(segment: OpenSegment): WantedMedia | undefined {
    for (let part = segment.parts[this.part]; part !== undefined; part = segment.parts[this.part]) {
      this.part++;
      if (part.gap) {
        this.lost = true;
        continue;
      }
      let beforeMs = 0;
      for (let index = 0; index < this.part - 1; index++) beforeMs += segment.parts[index]!.durationMs;
      const { programDateTimeMs } = segment;
      const media = this.wanted(segment);
      return {
        ...media,
        uri: part.uri,
        ...(part.range && { range: part.range }),
        programDateTimeMs: programDateTimeMs === undefined ? undefined : programDateTimeMs + beforeMs,
      };
    }
    return undefined;
  }

  private wanted({ map, discontinuitySequence, programDateTimeMs }: OpenSegment): Omit<WantedMedia, 'uri'> {
    return { map, discontinuitySequence, programDateTimeMs, afterLoss: this.lost };
  }

  private took(media: WantedMedia): CursorStep {
    this.lost = false;
    this.unchangedMs = 0;
    return { kind: 'media', media };
  }

  private leave(): void {
    this.segment!++;
    this.part = 0;
  }

  private reload({ targetDurationMs, partTargetMs, canBlockReload }: MediaPlaylist): CursorStep {
    const waitMs = Math.max(MIN_RELOAD_MS, (partTargetMs ?? targetDurationMs) / 2);
    const isFirst = this.unchangedMs === 0;
    this.unchangedMs += waitMs;
    if (this.unchangedMs > Math.max(targetDurationMs, 1_000) * MAX_UNCHANGED_TARGETS) {
      throw new ParseError('media playlist', 0, 'next segment not found or not ready yet');
    }
    if (partTargetMs === undefined || !canBlockReload) return { kind: 'reload', afterMs: waitMs, blockingQuery: undefined };
    // a server that does not hold its answer back is not asked in a loop
    return { kind: 'reload', afterMs: isFirst ? 0 : waitMs, blockingQuery: `_HLS_msn=${this.segment}&_HLS_part=${this.part}` };
  }
}
