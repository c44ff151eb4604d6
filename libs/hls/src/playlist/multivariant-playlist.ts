import { codecsParameterOf, frameRateOf, visualSizeOf } from '@mediamesh/mp4';
import type { SampleEntry } from '@mediamesh/mp4';
import type { HlsMuxer } from '../muxer/hls-muxer.ts';
import type { MediaStream } from '../muxer/media-stream.ts';
import { PlaylistWriter } from './playlist-text.ts';
import type { PlaylistText } from './playlist-text.ts';

const TS_VERSION = 3;
const MP4_VERSION = 10;

/** The playlist of playlists: one variant, and the audio of an MP4 stream as renditions. Source: RFC 8216bis 4.4.6; order as MediaMTX. */
export function multivariantPlaylist(muxer: HlsMuxer): PlaylistText {
  const { streams, leadingStream, variant } = muxer;
  const writer = new PlaylistWriter();
  writer.line(`#EXT-X-VERSION:${variant === 'mpegts' ? TS_VERSION : MP4_VERSION}`).line('#EXT-X-INDEPENDENT-SEGMENTS');
  const renditions = streams.filter((stream) => isRendition(stream, muxer));
  if (renditions.length > 0) writer.line('');
  renditions.forEach((stream, index) => {
    const isDefault = index === 0 ? ',DEFAULT=YES' : '';
    const attributes = `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="${stream.id}",AUTOSELECT=YES${isDefault}`;
    if (stream === leadingStream) writer.line(attributes);
    else writer.uriLine(`${attributes},URI="`, mediaPlaylistName(stream), '"');
  });
  writer.line('').line(`#EXT-X-STREAM-INF:${variantAttributes(muxer, renditions.length > 0)}`);
  return writer.uriLine('', mediaPlaylistName(leadingStream), '').finish();
}

export function mediaPlaylistName({ id }: MediaStream): string {
  return `${id}_stream.m3u8`;
}

function isRendition(stream: MediaStream, { variant, leadingStream, streams }: HlsMuxer): boolean {
  if (variant === 'mpegts') return false;
  return stream !== leadingStream || (stream.tracks[0]!.kind !== 'video' && streams.length > 1);
}

function variantAttributes(muxer: HlsMuxer, hasRenditions: boolean): string {
  const entries = muxer.streams.flatMap((stream) => stream.entries).filter((entry) => entry !== undefined);
  const codecs = new Set(entries.map((entry) => codecsParameterOf(entry)));
  const { peakBps, averageBps } = bandwidth(muxer);
  return [
    `BANDWIDTH=${peakBps},AVERAGE-BANDWIDTH=${averageBps},CODECS="${[...codecs].join(',')}"`,
    ...entries.flatMap(pictureAttributes),
    ...(hasRenditions ? ['AUDIO="audio"'] : []),
  ].join(',');
}

function pictureAttributes(entry: SampleEntry): string[] {
  const size = visualSizeOf(entry);
  if (size === undefined) return [];
  const frameRate = frameRateOf(entry);
  const resolution = `RESOLUTION=${size.width}x${size.height}`;
  return frameRate === undefined || frameRate === 0 ? [resolution] : [resolution, `FRAME-RATE=${frameRate.toFixed(3)}`];
}

/** Of the leading stream. */
function bandwidth({ segments, streams, leadingStream }: HlsMuxer): { readonly peakBps: number; readonly averageBps: number } {
  const leading = streams.indexOf(leadingStream);
  let peakBps = 0;
  let sizeBytes = 0;
  let durationS = 0;
  for (const segment of segments) {
    const file = segment.media?.[leading]?.file;
    if (file === undefined || segment.durationS <= 0) continue;
    peakBps = Math.max(peakBps, Math.floor((8 * file.sizeBytes) / segment.durationS));
    sizeBytes += file.sizeBytes;
    durationS += segment.durationS;
  }
  return { peakBps, averageBps: durationS === 0 ? 0 : Math.floor((8 * sizeBytes) / durationS) };
}
