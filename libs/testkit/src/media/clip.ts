import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { REPOSITORY, currentFfmpegFile, systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import { keptFile } from './kept-file.ts';

/** Which ffmpeg: Debian's, or the current one, for codecs that Debian's can't carry over RTP. */
export type FfmpegVersion = 'debian' | 'current';

export function ffmpegFile(version: FfmpegVersion): string {
  return version === 'debian' ? systemFile('ffmpeg') : currentFfmpegFile();
}

/** A short file that is made once and published as it is: encoding while a test runs would cost more than the test. */
export interface ClipRecipe {
  readonly name: string;
  /** Container that keeps this codec's packets and times as they are. */
  readonly container: 'mp4' | 'mov' | 'mkv' | 'nut' | 'wav';
  /** Encoder and its options; no video without. */
  readonly video?: readonly string[];
  readonly audio?: readonly string[];
  readonly ffmpeg?: FfmpegVersion;
  readonly durationS?: number;
}

export interface Clip {
  readonly recipe: ClipRecipe;
  readonly file: string;
}

export const CLIP_FRAME_RATE = 25;
export const CLIP_WIDTH = 320;
export const CLIP_HEIGHT = 192;
const DEFAULT_DURATION_S = 40;
const ENCODE_DEADLINE_MS = 55_000;
/** Made by tests, used again by later runs. */
const FOLDER = join(REPOSITORY, '.cache', 'test-clips');

/** Every picture differs from all others, and so does every stretch of sound: a rising tone. */
const PICTURES = `testsrc2=size=${CLIP_WIDTH}x${CLIP_HEIGHT}:rate=${CLIP_FRAME_RATE}`;
const SOUND = "aevalsrc='0.4*sin(2*PI*(200+40*t)*t)|0.4*sin(2*PI*(300+50*t)*t)':s=48000";

/** The clip of a recipe, made now if no run before has made it. */
export async function prepareClip(recipe: ClipRecipe): Promise<Clip> {
  const args = encoderArguments(recipe);
  const command = ffmpegFile(recipe.ffmpeg ?? 'debian');
  const hash = createHash('sha1')
    .update(JSON.stringify([command, args]))
    .digest('hex')
    .substring(0, 12);
  const file = join(FOLDER, `${recipe.name}-${hash}.${recipe.container}`);
  await keptFile(file, async (unfinished) => {
    const encoder = new Program({ name: `encoder of ${recipe.name}`, command, args: [...args, '-y', unfinished] });
    const { code } = await encoder.waitForEnd(ENCODE_DEADLINE_MS);
    if (code !== 0) throw new Error(`${recipe.name} cannot be encoded: ${encoder.stderr.tail()}`);
  });
  return { recipe, file };
}

function encoderArguments({ video, audio, durationS = DEFAULT_DURATION_S }: ClipRecipe): string[] {
  const inputs = [
    ...(video === undefined ? [] : ['-f', 'lavfi', '-i', PICTURES]),
    ...(audio === undefined ? [] : ['-f', 'lavfi', '-i', SOUND]),
  ];
  const pixels = video === undefined || video.includes('-pix_fmt') ? [] : ['-pix_fmt', 'yuv420p'];
  const codecs = [...(video === undefined ? [] : [...pixels, '-c:v', ...video]), ...(audio === undefined ? [] : ['-c:a', ...audio])];
  return ['-nostdin', '-v', 'error', ...inputs, ...codecs, '-t', String(durationS)];
}
