import type { ClipRecipe } from './clip.ts';

const X264 = ['libx264', '-preset', 'ultrafast', '-b:v', '200k'];
/** Readers begin with a key frame: rare ones would make every test wait. */
const KEY_EVERY_SECOND = ['-g', '25', '-keyint_min', '25', '-sc_threshold', '0'];
const B_FRAMES = ['-bf', '2', '-b_strategy', '0'];
const AAC = ['aac', '-b:a', '64k'];

/** What the scenarios publish. A recipe's name says what is in it. */
export const CLIPS = {
  /** The everyday stream: pictures out of order, as every encoder's default has them. */
  h264BFramesAac: { name: 'h264-bframes-aac', container: 'mp4', video: [...X264, ...B_FRAMES, ...KEY_EVERY_SECOND], audio: AAC },
  /** A key frame every 10 seconds: who joins without the GOP cache waits. */
  h264LongGop: {
    name: 'h264-long-gop-aac',
    container: 'mp4',
    video: [...X264, ...B_FRAMES, '-g', '250', '-keyint_min', '250', '-sc_threshold', '0'],
    audio: AAC,
  },
  /** Fills the queues of a reader that stops reading within seconds. */
  h264Heavy: {
    name: 'h264-heavy',
    container: 'mp4',
    video: ['libx264', '-preset', 'ultrafast', '-b:v', '10M', '-vf', 'noise=alls=80:allf=t', '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
    durationS: 30,
  },
  /** Ten packets a frame: a loss of 5 % is felt in every other one. */
  h264Noisy: {
    name: 'h264-noisy',
    container: 'mp4',
    video: ['libx264', '-preset', 'ultrafast', '-b:v', '2M', '-vf', 'noise=alls=40:allf=t', '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
  },
  h264Opus: {
    name: 'h264-opus',
    container: 'mp4',
    video: [...X264, '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
    audio: ['libopus', '-b:a', '64k'],
  },
  h265Opus: {
    name: 'h265-opus',
    container: 'mp4',
    video: [
      'libx265',
      '-preset',
      'ultrafast',
      '-b:v',
      '200k',
      '-x265-params',
      'keyint=25:min-keyint=25:open-gop=0:bframes=2:log-level=error',
    ],
    audio: ['libopus', '-b:a', '64k'],
  },
  vp8PcmMulaw: {
    name: 'vp8-pcmu',
    container: 'mkv',
    video: ['libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k', '-g', '25'],
    audio: ['pcm_mulaw', '-ar', '8000', '-ac', '1'],
  },
  vp9PcmAlaw: {
    name: 'vp9-pcma',
    container: 'mkv',
    video: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k', '-g', '25'],
    audio: ['pcm_alaw', '-ar', '8000', '-ac', '1'],
  },
  av1Opus: {
    name: 'av1-opus',
    container: 'mp4',
    video: ['libsvtav1', '-preset', '10', '-crf', '50', '-g', '25'],
    audio: ['libopus', '-b:a', '64k'],
    ffmpeg: 'current',
  },
  mpeg4G722: {
    name: 'mpeg4-g722',
    container: 'mkv',
    video: ['mpeg4', '-b:v', '400k', '-bf', '0', '-g', '25'],
    audio: ['g722', '-ar', '16000', '-ac', '1'],
  },
  mpeg2Mp3: {
    name: 'mpeg2-mp3',
    container: 'mkv',
    video: ['mpeg2video', '-b:v', '500k', '-bf', '0', '-g', '25'],
    audio: ['libmp3lame', '-b:a', '64k'],
  },
  mjpegL16: {
    name: 'mjpeg-l16',
    container: 'mkv',
    video: ['mjpeg', '-q:v', '8', '-huffman', 'default', '-pix_fmt', 'yuvj420p'],
    audio: ['pcm_s16be', '-ar', '48000', '-ac', '2'],
  },
  h264Mp3: {
    name: 'h264-mp3',
    container: 'mkv',
    video: [...X264, ...B_FRAMES, ...KEY_EVERY_SECOND],
    audio: ['libmp3lame', '-ar', '44100', '-b:a', '64k'],
  },
  h264PcmAlaw: {
    name: 'h264-pcma',
    container: 'mkv',
    video: [...X264, '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
    audio: ['pcm_alaw', '-ar', '8000', '-ac', '1'],
  },
  h264Pcm: {
    name: 'h264-pcm',
    container: 'mkv',
    video: [...X264, '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
    audio: ['pcm_s16le', '-ar', '44100', '-ac', '2'],
  },
  h264Flac: {
    name: 'h264-flac',
    container: 'mkv',
    video: [...X264, '-tune', 'zerolatency', ...KEY_EVERY_SECOND],
    audio: ['flac'],
  },
  vp9Ac3: {
    name: 'vp9-ac3',
    container: 'mkv',
    video: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k', '-g', '25'],
    audio: ['ac3', '-b:a', '96k'],
  },
  ac3: { name: 'ac3', container: 'mkv', audio: ['ac3', '-b:a', '96k'] },
} as const satisfies Record<string, ClipRecipe>;
