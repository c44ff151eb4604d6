import type { CodecName } from '@mediamesh/codecs';
import type { HlsTrack, HlsVariant } from './stamped-unit.ts';

/** The stream cannot be converted; the message is MediaMTX's. */
export class HlsMuxerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HlsMuxerError';
  }
}

/** In order of preference: a stream carries one video. */
const VIDEO_CODECS: readonly CodecName[] = ['AV1', 'VP9', 'H265', 'H264'];
const AUDIO_CODECS: ReadonlySet<CodecName> = new Set<CodecName>(['Opus', 'MPEG-4 Audio', 'MPEG-4 Audio LATM']);
export const MIN_SEGMENTS = 3;
export const MIN_SEGMENTS_LOW_LATENCY = 7;

/**
 * The tracks that HLS carries, the video first.
 * Errors: HlsMuxerError when there are none, or when the variant has no form for one of them.
 */
export function carriedTracks(tracks: readonly HlsTrack[], variant: HlsVariant): readonly HlsTrack[] {
  const video = VIDEO_CODECS.map((codec) => tracks.find((track) => track.codec === codec)).find((track) => track !== undefined);
  const audio = tracks.filter((track) => AUDIO_CODECS.has(track.codec) || isDescribedFlac(track));
  const media = video === undefined ? audio : [video, ...audio];
  const data = variant === 'mpegts' ? tracks.filter(({ codec }) => codec === 'KLV') : [];
  if (media.length === 0) throw noMediaError(data.length > 0);
  if (variant === 'mpegts') requireTsCodecs(video, audio);
  return [...media, ...data];
}

/** Clients decode it with its STREAMINFO alone. */
function isDescribedFlac(track: HlsTrack): boolean {
  return track.codec === 'FLAC' && track.parameters.fmtp['streaminfo'] !== undefined;
}

function noMediaError(hasData: boolean): HlsMuxerError {
  if (hasData) return new HlsMuxerError('KLV tracks require at least one video or audio track to drive segment creation');
  return new HlsMuxerError(
    "the stream doesn't contain any supported codec, which are currently AV1, VP9, H265, H264, Opus, MPEG-4 Audio, KLV",
  );
}

function requireTsCodecs(video: HlsTrack | undefined, audio: readonly HlsTrack[]): void {
  if (video !== undefined && video.codec !== 'H264') throw new HlsMuxerError('the MPEG-TS variant of HLS supports H264 video only');
  if (audio.length > 1) throw new HlsMuxerError('the MPEG-TS variant of HLS supports a single audio track only');
  if (audio.some(({ codec }) => codec === 'Opus' || codec === 'FLAC'))
    throw new HlsMuxerError('the MPEG-TS variant of HLS supports MPEG-4 Audio only');
}

/** Errors: HlsMuxerError when a playlist of this length is not allowed. */
export function requireSegmentCount(segmentCount: number, variant: HlsVariant): void {
  if (variant === 'lowLatency') {
    if (segmentCount < MIN_SEGMENTS_LOW_LATENCY) throw new HlsMuxerError('Low-Latency HLS requires at least 7 segments');
  } else if (segmentCount < MIN_SEGMENTS) {
    throw new HlsMuxerError('the minimum number of HLS segments is 3');
  }
}
