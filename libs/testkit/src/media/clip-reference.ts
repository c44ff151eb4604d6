import { readFileSync } from 'node:fs';
import { Program } from '../process/program.ts';
import { ffmpegFile } from './clip.ts';
import type { Clip, FfmpegVersion } from './clip.ts';
import { keptFile } from './kept-file.ts';
import { parseFrameHashes } from './frame-hashes.ts';

/** What a reader must get out of a published clip. */
export interface ClipReference {
  /** Of all decoded pictures, in order of presentation. */
  readonly frames: readonly string[];
  /** All audio packets, one behind the other. */
  readonly audio: Uint8Array;
}

const DEADLINE_MS = 55_000;

/** Decodes the clip with the ffmpeg that will read it; kept beside the clip. */
export async function clipReference(clip: Clip, version: FfmpegVersion = 'debian'): Promise<ClipReference> {
  const { video, audio } = clip.recipe;
  const frames = video === undefined ? undefined : await derived(clip, `${version}.frames`, version, ['-map', '0:v', ...FRAME_HASHES]);
  const sound = audio === undefined ? undefined : await derived(clip, 'audio', version, ['-map', '0:a', '-c', 'copy', '-f', 'data']);
  return {
    frames: frames === undefined ? [] : parseFrameHashes(readFileSync(frames, 'utf8')).map(({ hash }) => hash),
    audio: sound === undefined ? new Uint8Array() : readFileSync(sound),
  };
}

/** Units of the times in hashes of frames: those of video over RTP. */
export const FRAME_CLOCK_RATE_HZ = 90_000;

/** Decodes to hashes, every picture once, as they come. */
export const FRAME_HASHES = ['-fps_mode', 'passthrough', '-enc_time_base', `1:${FRAME_CLOCK_RATE_HZ}`, '-f', 'framemd5'];

function derived(clip: Clip, kind: string, version: FfmpegVersion, output: readonly string[]): Promise<string> {
  return keptFile(`${clip.file}.${kind}`, async (unfinished) => {
    const args = ['-nostdin', '-v', 'error', '-i', clip.file, ...output, '-y', unfinished];
    const decoder = new Program({ name: `decoder of ${clip.recipe.name}`, command: ffmpegFile(version), args });
    const { code } = await decoder.waitForEnd(DEADLINE_MS);
    if (code !== 0) throw new Error(`${clip.recipe.name} cannot be decoded: ${decoder.stderr.tail()}`);
  });
}
