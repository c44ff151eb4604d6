import type { HlsMuxer } from '../muxer/hls-muxer.ts';
import type { HlsFile, HlsPart, HlsSegment } from '../muxer/segment.ts';
import { PlaylistWriter, seconds } from './playlist-text.ts';
import type { PlaylistText } from './playlist-text.ts';

const TS_VERSION = 3;
const MP4_VERSION = 10;
/** Segments at the end of a playlist that carry parts and wall-clock times. */
const DETAILED_SEGMENTS = 2;
const PART_HOLD_BACK = 2.5;
const SKIP_BOUNDARY = 6;

/**
 * The media playlist of a stream, as it is now; `delta`: without the segments that the client has seen.
 *
 * Source: RFC 8216bis 4.4; tags and their order as MediaMTX. EXT-X-DISCONTINUITY, EXT-X-DISCONTINUITY-SEQUENCE and further EXT-X-MAP
 *         come where an epoch continues another, or parameters have changed.
 */
export function mediaPlaylist(muxer: HlsMuxer, stream: number, delta: boolean): PlaylistText {
  return muxer.variant === 'mpegts' ? tsPlaylist(muxer, stream) : mp4Playlist(muxer, stream, delta);
}

function tsPlaylist(muxer: HlsMuxer, stream: number): PlaylistText {
  const writer = new PlaylistWriter().line(`#EXT-X-VERSION:${TS_VERSION}`).line('#EXT-X-ALLOW-CACHE:NO');
  writer.line(`#EXT-X-TARGETDURATION:${targetSeconds(muxer)}`);
  writeSequence(writer, muxer);
  let discontinuitySequence = muxer.segments[0]?.discontinuitySequence ?? 0;
  for (const segment of muxer.segments) {
    if (segment.discontinuitySequence > discontinuitySequence) writer.line('#EXT-X-DISCONTINUITY');
    ({ discontinuitySequence } = segment);
    if (segment.media === undefined) writeGap(writer, segment.durationS, 'gap.ts');
    else writeSegment(writer.line(programDateTime(segment)), segment, stream);
  }
  return writer.finish();
}

function mp4Playlist(muxer: HlsMuxer, stream: number, delta: boolean): PlaylistText {
  const { segments, initialGaps } = muxer;
  const lowLatency = muxer.variant === 'lowLatency';
  const writer = new PlaylistWriter().line(`#EXT-X-VERSION:${MP4_VERSION}`).line(`#EXT-X-TARGETDURATION:${targetSeconds(muxer)}`);
  if (lowLatency) writeServerControl(writer, muxer);
  writeSequence(writer, muxer);
  const skipped = delta ? skippedEntries(muxer) : 0;
  const init = initOf(segments[Math.max(0, skipped - initialGaps)], stream) ?? initOf(segments.at(-1), stream);
  if (delta) writer.line(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  else if (init !== undefined) writer.uriLine('#EXT-X-MAP:URI="', init.name, '"');
  for (let i = skipped; i < initialGaps; i++) writeGap(writer, segments[0]!.durationS, 'gap.mp4');
  writeSegments(writer, muxer, stream, { from: Math.max(0, skipped - initialGaps), init });
  if (lowLatency) {
    for (const part of muxer.parts[stream] ?? []) writePart(writer, part);
    writer.uriLine('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="', muxer.nextPartName(stream), '"');
  }
  return writer.finish();
}

function writeSegments(
  writer: PlaylistWriter,
  { segments, variant }: HlsMuxer,
  stream: number,
  start: { readonly from: number; readonly init: HlsFile | undefined },
): void {
  let { init } = start;
  let discontinuitySequence = (segments[start.from - 1] ?? segments[0])?.discontinuitySequence ?? 0;
  for (let i = start.from; i < segments.length; i++) {
    const segment = segments[i]!;
    if (segment.discontinuitySequence > discontinuitySequence) writer.line('#EXT-X-DISCONTINUITY');
    ({ discontinuitySequence } = segment);
    const media = segment.media?.[stream];
    if (media === undefined) {
      writeGap(writer, segment.durationS, 'gap.mp4');
      continue;
    }
    if (media.init !== undefined && media.init.name !== init?.name) writer.uriLine('#EXT-X-MAP:URI="', media.init.name, '"');
    init = media.init ?? init;
    if (segments.length - i <= DETAILED_SEGMENTS) {
      writer.line(programDateTime(segment));
      if (variant === 'lowLatency') for (const part of media.parts) writePart(writer, part);
    }
    writeSegment(writer, segment, stream);
  }
}

function writeServerControl(writer: PlaylistWriter, muxer: HlsMuxer): void {
  const partTargetS = partTarget(muxer);
  const skipUntilS = SKIP_BOUNDARY * targetSeconds(muxer);
  const control = `PART-HOLD-BACK=${seconds(partTargetS * PART_HOLD_BACK)},CAN-SKIP-UNTIL=${seconds(skipUntilS)}`;
  writer.line(`#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,${control}`);
  writer.line(`#EXT-X-PART-INF:PART-TARGET=${seconds(partTargetS)}`);
}

function writeSequence(writer: PlaylistWriter, { segments, initialGaps }: HlsMuxer): void {
  const first = segments[0];
  writer.line(`#EXT-X-MEDIA-SEQUENCE:${(first?.id ?? 0) - initialGaps}`);
  const discontinuitySequence = first?.discontinuitySequence ?? 0;
  if (discontinuitySequence > 0) writer.line(`#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`);
}

function writeSegment(writer: PlaylistWriter, { durationS, media }: HlsSegment, stream: number): void {
  writer.line(`#EXTINF:${seconds(durationS)},`).uriLine('', media![stream]!.file.name, '');
}

function writeGap(writer: PlaylistWriter, durationS: number, uri: string): void {
  writer
    .line('#EXT-X-GAP')
    .line(`#EXTINF:${seconds(durationS)},`)
    .line(uri);
}

function writePart(writer: PlaylistWriter, { durationS, file, independent }: HlsPart): void {
  writer.uriLine(`#EXT-X-PART:DURATION=${seconds(durationS)},URI="`, file.name, independent ? '",INDEPENDENT=YES' : '"');
}

function programDateTime({ ntpUs }: HlsSegment): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.floor(ntpUs / 1000)).toISOString()}`;
}

function initOf(segment: HlsSegment | undefined, stream: number): HlsFile | undefined {
  return segment?.media?.[stream]?.init;
}

/** Entries, gaps included, that are older than the skip boundary. */
function skippedEntries(muxer: HlsMuxer): number {
  const { segments, initialGaps } = muxer;
  const boundaryS = SKIP_BOUNDARY * targetSeconds(muxer);
  const total = initialGaps + segments.length;
  let durationS = 0;
  let shown = 0;
  while (shown < total) {
    const at = total - 1 - shown - initialGaps;
    durationS += (at >= 0 ? segments[at]! : segments[0]!).durationS;
    if (durationS >= boundaryS) break;
    shown++;
  }
  return total - shown;
}

function targetSeconds({ targetDurationMs }: HlsMuxer): number {
  return Math.round(targetDurationMs / 1000);
}

/** No part of the window is longer; whole milliseconds. */
function partTarget({ segments, parts }: HlsMuxer): number {
  let longestS = 0;
  for (const { media } of segments) for (const { durationS } of media?.[0]?.parts ?? []) longestS = Math.max(longestS, durationS);
  for (const { durationS } of parts[0] ?? []) longestS = Math.max(longestS, durationS);
  return Math.ceil(Math.round(longestS * 1e6) / 1000) / 1000;
}
