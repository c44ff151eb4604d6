import { Program } from '../process/program.ts';
import { ffmpegFile } from './clip.ts';
import type { Clip, FfmpegVersion } from './clip.ts';

/** `http`: RTSP and media through a tunnel of two HTTP connections. */
export type RtspTransport = 'tcp' | 'udp' | 'http';

export interface PublishOptions {
  /** Of RTSP or RTMP. */
  readonly url: string;
  readonly clip: Clip;
  /** Of RTSP. */
  readonly transport?: RtspTransport;
  readonly ffmpeg?: FfmpegVersion;
  /** Only video, only audio; both without. */
  readonly only?: 'video' | 'audio';
  /** Options of the muxer, for instance `-rtpflags latm`. */
  readonly muxerOptions?: readonly string[];
  /** Times as fast as the clip's own pace. */
  readonly speed?: number;
}

/** ffmpeg publishes the clip in real time, without encoding. */
export function publishWithFfmpeg({
  url,
  clip,
  transport = 'tcp',
  ffmpeg = 'debian',
  only,
  muxerOptions = [],
  speed = 1,
}: PublishOptions): Program {
  const tracks = only === undefined ? ['-map', '0'] : ['-map', only === 'video' ? '0:v' : '0:a'];
  const args = ['-nostdin', '-v', 'error', '-readrate', String(speed), '-i', clip.file, ...tracks, '-c', 'copy', '-strict', 'experimental'];
  const isRtmp = url.startsWith('rtmp');
  args.push(...(isRtmp ? ['-f', 'flv', '-flvflags', 'no_duration_filesize'] : ['-f', 'rtsp', '-rtsp_transport', transport]));
  args.push(...muxerOptions, url);
  return new Program({ name: `ffmpeg publisher of ${clip.recipe.name}`, command: ffmpegFile(ffmpeg), args });
}
