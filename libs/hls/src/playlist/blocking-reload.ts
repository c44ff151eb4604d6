import type { HlsMuxer } from '../muxer/hls-muxer.ts';

/** What a client asks to be in the playlist before it is answered: `_HLS_msn`, `_HLS_part`. */
export interface ReloadTarget {
  readonly segment: number;
  readonly part: number;
}

const WHOLE_NUMBER = /^\d{1,15}$/u;

/**
 * Undefined: answered at once; `malformed`: not numbers, or a part without a segment.
 * Without a part, the first one of the segment is meant, as MediaMTX has it.
 */
export function parseReloadTarget(segment: string | undefined, part: string | undefined): ReloadTarget | undefined | 'malformed' {
  if (segment === undefined || segment === '') return part === undefined || part === '' ? undefined : 'malformed';
  if (!WHOLE_NUMBER.test(segment)) return 'malformed';
  if (part === undefined || part === '') return { segment: Number(segment), part: 0 };
  return WHOLE_NUMBER.test(part) ? { segment: Number(segment), part: Number(part) } : 'malformed';
}

/** Too far ahead, or older than the window: never answered with a playlist. */
export function isOutOfReach(muxer: HlsMuxer, { segment }: ReloadTarget): boolean {
  const oldest = (muxer.segments[0]?.id ?? 0) - muxer.initialGaps;
  return segment > muxer.nextSegmentId + 1 || segment < oldest;
}

/** A part beyond the last of a complete segment is the first of the next. */
export function isThere(muxer: HlsMuxer, { segment, part }: ReloadTarget): boolean {
  if (!muxer.hasContent) return false;
  const openParts = muxer.parts[0]?.length ?? 0;
  if (segment === muxer.nextSegmentId) return part < openParts;
  const complete = muxer.segments.find(({ id }) => id === segment);
  if (complete === undefined) return segment < muxer.nextSegmentId;
  if (part < (complete.media?.[0]?.parts.length ?? 0) || segment + 1 < muxer.nextSegmentId) return true;
  return openParts > 0;
}
