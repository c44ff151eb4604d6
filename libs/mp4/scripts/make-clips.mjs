// Makes src/testdata: short files by ffmpeg, with fragments and without, and what ffprobe reads in them. Run by hand; the results are stored.
// Usage: node libs/mp4/scripts/make-clips.mjs <current ffmpeg> [name]   (ffprobe is the system's)
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [ffmpeg, only] = process.argv.slice(2);
if (ffmpeg === undefined) throw new Error('usage: make-clips.mjs <ffmpeg> [name]');
const folder = new URL('../src/testdata/', import.meta.url);

const X264 = ['libx264', '-preset', 'ultrafast', '-bf', '2', '-b_strategy', '0', '-g', '5', '-crf', '45'];
const X265 = ['libx265', '-preset', 'ultrafast', '-crf', '45', '-x265-params', 'keyint=5:min-keyint=5:bframes=1:info=0:log-level=error'];
const AAC = ['aac', '-b:a', '16k'];
const BASE_IS_MOOF = 'frag_keyframe+empty_moov+default_base_moof';

const CLIPS = [
  { name: 'h264-aac', video: X264, audio: AAC, flags: BASE_IS_MOOF },
  { name: 'h264-aac-absolute', video: X264, audio: AAC, flags: 'frag_keyframe+empty_moov' },
  { name: 'h264-aac-relative', video: X264, audio: AAC, flags: 'frag_keyframe+empty_moov+omit_tfhd_offset' },
  {
    name: 'h264-aac-cmaf',
    video: X264,
    audio: AAC,
    flags: 'cmaf+dash+delay_moov+global_sidx',
    extra: ['-write_prft', 'pts', '-frag_type', 'every_frame'],
  },
  { name: 'h265', video: X265, flags: BASE_IS_MOOF },
  {
    name: 'av1-opus',
    video: ['libsvtav1', '-preset', '12', '-crf', '60', '-g', '5'],
    audio: ['libopus', '-b:a', '16k'],
    flags: BASE_IS_MOOF,
  },
  {
    name: 'vp9-flac',
    video: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '60', '-b:v', '0', '-g', '5'],
    audio: ['flac'],
    flags: BASE_IS_MOOF,
  },
  { name: 'mpeg4-mp3', video: ['mpeg4', '-q:v', '31', '-g', '5'], audio: ['libmp3lame', '-b:a', '32k'], flags: BASE_IS_MOOF },
  { name: 'mpeg2-ac3', video: ['mpeg2video', '-q:v', '31', '-g', '5'], audio: ['ac3', '-b:a', '32k'], flags: `${BASE_IS_MOOF}+delay_moov` },
  { name: 'mpeg1-pcm', video: ['mpeg1video', '-q:v', '31', '-g', '5'], audio: ['pcm_s16be'], flags: BASE_IS_MOOF },
  { name: 'mjpeg', video: ['mjpeg', '-q:v', '31', '-pix_fmt', 'yuvj420p'], flags: BASE_IS_MOOF },
  { name: 'plain-h264-aac', video: X264, audio: AAC, extra: ['-use_editlist', '1'] },
  { name: 'plain-h265', video: X265, flags: 'faststart' },
  { name: 'opus-six-channels', audio: ['libopus', '-b:a', '48k', '-mapping_family', '1', '-ac', '6'], flags: BASE_IS_MOOF },
];

for (const { name, video, audio, flags, extra = [] } of CLIPS.filter(({ name }) => only === undefined || name === only)) {
  const file = new URL(`${name}.mp4`, folder).pathname;
  const inputs = [
    ...(video ? ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=0.4'] : []),
    ...(audio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=0.3'] : []),
  ];
  const codecs = [...(video ? ['-pix_fmt', 'yuv420p', '-c:v', ...video] : []), ...(audio ? ['-c:a', ...audio] : [])];
  const muxer = [
    '-bitexact',
    '-fflags',
    '+bitexact',
    '-strict',
    '-2',
    '-use_editlist',
    '0',
    ...(flags ? ['-movflags', flags] : []),
    ...extra,
  ];
  execFileSync(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...inputs, ...codecs, ...muxer, file]);
  const fields = 'packet=stream_index,pts,dts,duration,size,flags:stream=index,codec_name,codec_tag_string,time_base,width,height';
  const probe = ['-v', 'error', '-show_packets', '-show_streams', '-show_entries', fields, '-of', 'json', file];
  const { packets, streams } = JSON.parse(execFileSync('ffprobe', probe).toString());
  const tracks = streams.map((stream) => {
    const own = packets.filter((packet) => packet.stream_index === stream.index);
    const keys = own.map(({ flags }) => (flags.startsWith('K') ? 1 : 0));
    const { codec_name: codec, codec_tag_string: type, time_base, width, height } = stream;
    const list = (field) => own.map((packet) => Number(packet[field]));
    return {
      codec,
      type,
      timescale: Number(time_base.split('/')[1]),
      width,
      height,
      dts: list('dts'),
      pts: list('pts'),
      sizes: list('size'),
      keys,
    };
  });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ tracks })}\n`);
}
