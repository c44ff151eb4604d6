import { Program } from '../process/program.ts';
import { ffmpegFile } from './clip.ts';
import type { Clip } from './clip.ts';

export interface PackageOptions {
  readonly clip: Clip;
  /** The playlist, in a folder that is there. */
  readonly playlist: string;
  readonly segments: 'mpegts' | 'fmp4';
  /** In real time, with a list of five segments of which old ones are deleted; else the whole clip at once. */
  readonly live: boolean;
}

/** ffmpeg cuts the clip into segments of a second and a playlist with their times of day. */
export function packageAsHls({ clip, playlist, segments, live }: PackageOptions): Program {
  const pace = live ? ['-readrate', '1', '-stream_loop', '-1'] : [];
  const kind = live ? ['-hls_list_size', '5'] : ['-hls_playlist_type', 'vod'];
  const flags = `program_date_time+temp_file${live ? '+delete_segments' : ''}`;
  const output = ['-f', 'hls', '-hls_time', '1', '-hls_segment_type', segments, '-hls_flags', flags, ...kind, playlist];
  const args = ['-nostdin', '-v', 'error', ...pace, '-i', clip.file, '-map', '0', '-c', 'copy', ...output];
  return new Program({ name: `ffmpeg packager of ${clip.recipe.name}`, command: ffmpegFile('debian'), args });
}
