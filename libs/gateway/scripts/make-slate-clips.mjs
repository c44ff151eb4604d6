// Makes src/slate/clips.ts: two seconds of "STREAM IS OFFLINE" in each codec of video, as fragmented MP4 in base64.
// Run by hand; the result is stored. Usage: node libs/gateway/scripts/make-slate-clips.mjs <current ffmpeg>
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [ffmpeg] = process.argv.slice(2);
if (ffmpeg === undefined) throw new Error('usage: make-slate-clips.mjs <ffmpeg>');

const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_RATE = 10;
const FRAMES = 20;
const SCALE = 8;
const TEXT = 'STREAM IS OFFLINE';
/** 5 by 7 dots, a row a number. */
const GLYPHS = {
  A: [14, 17, 17, 31, 17, 17, 17],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};

/** Grey levels: the text, and a bar that runs below it, so that a player that stands still is told from a slate. */
function picture(frame) {
  const pixels = Buffer.alloc(WIDTH * HEIGHT, 24);
  const fill = (x, y, width, height, level) => {
    for (let row = y; row < y + height; row++) pixels.fill(level, row * WIDTH + x, row * WIDTH + x + width);
  };
  const left = Math.floor((WIDTH - (TEXT.length * 6 - 1) * SCALE) / 2);
  const top = HEIGHT / 2 - 7 * SCALE;
  for (const [at, letter] of TEXT.split('').entries()) {
    for (const [row, dots] of GLYPHS[letter].entries()) {
      for (let dot = 0; dot < 5; dot++) {
        if (dots & (16 >> dot)) fill(left + (at * 6 + dot) * SCALE, top + row * SCALE, SCALE, SCALE, 220);
      }
    }
  }
  fill(left, HEIGHT / 2 + 4 * SCALE, 40 * FRAMES, 4, 60);
  fill(left + frame * 40, HEIGHT / 2 + 4 * SCALE, 40, 4, 220);
  return pixels;
}

const CODECS = {
  AV1: ['libsvtav1', '-preset', '4', '-crf', '50', '-g', '10', '-svtav1-params', 'pred-struct=1'],
  VP9: [
    'libvpx-vp9',
    '-deadline',
    'good',
    '-cpu-used',
    '0',
    '-crf',
    '45',
    '-b:v',
    '0',
    '-g',
    '10',
    '-auto-alt-ref',
    '0',
    '-lag-in-frames',
    '0',
  ],
  H265: ['libx265', '-preset', 'slow', '-crf', '34', '-x265-params', 'keyint=10:min-keyint=10:scenecut=0:bframes=0:info=0:log-level=error'],
  H264: [
    'libx264',
    '-profile:v',
    'baseline',
    '-preset',
    'veryslow',
    '-crf',
    '32',
    '-g',
    '10',
    '-keyint_min',
    '10',
    '-sc_threshold',
    '0',
    '-bf',
    '0',
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'slate-'));
const frames = Buffer.concat(Array.from({ length: FRAMES }, (_, frame) => picture(frame)));
const lines = Object.entries(CODECS).map(([name, codec]) => {
  const file = join(folder, `${name}.mp4`);
  const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${WIDTH}x${HEIGHT}`, '-r', String(FRAME_RATE), '-i', '-'];
  const output = ['-pix_fmt', 'yuv420p', '-c:v', ...codec, '-bitexact', '-fflags', '+bitexact', '-use_editlist', '0'];
  const muxer = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof', file];
  execFileSync(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...input, ...output, ...muxer], { input: frames });
  const bytes = readFileSync(file);
  console.log(`${name}: ${bytes.length} bytes`);
  return `  ${name}: '${bytes.toString('base64')}',\n`;
});
rmSync(folder, { recursive: true });
const head = `/** Made by scripts/make-slate-clips.mjs: fragmented MP4 in base64, ${FRAMES / FRAME_RATE} s that can be looped, a key frame a second. */\n`;
writeFileSync(new URL('../src/slate/clips.ts', import.meta.url), `${head}export const SLATE_CLIPS = {\n${lines.join('')}} as const;\n`);
