import type { ClipRecipe } from './clip.ts';

const X264 = ['libx264', '-preset', 'ultrafast', '-b:v', '200k'];
const KEY_EVERY_SECOND = ['-g', '25', '-keyint_min', '25', '-sc_threshold', '0'];
const AAC = ['aac', '-b:a', '64k'];

/** What the scenarios publish. A recipe's name says what is in it. */
export const CLIPS = {
  /** The everyday stream: pictures out of order, as cameras' "high profile" and every encoder's default have them. */
  h264BFramesAac: {
    name: 'h264-bframes-aac',
    container: 'mp4',
    video: [...X264, '-bf', '2', '-b_strategy', '0', ...KEY_EVERY_SECOND],
    audio: AAC,
  },
  h264: { name: 'h264', container: 'mp4', video: [...X264, '-tune', 'zerolatency', ...KEY_EVERY_SECOND] },
  /** A key frame every 10 seconds: who joins without the GOP cache waits. */
  h264LongGop: {
    name: 'h264-long-gop-aac',
    container: 'mp4',
    video: [...X264, '-bf', '2', '-b_strategy', '0', '-g', '250', '-keyint_min', '250', '-sc_threshold', '0'],
    audio: AAC,
  },
} as const satisfies Record<string, ClipRecipe>;
