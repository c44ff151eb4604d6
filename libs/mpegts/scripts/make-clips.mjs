// Makes src/testdata: short transport streams by ffmpeg, and what ffprobe reads in them. Run by hand; the results are stored.
// Usage: node libs/mpegts/scripts/make-clips.mjs <ffmpeg>   (ffprobe is the system's)
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [ffmpeg] = process.argv.slice(2);
if (ffmpeg === undefined) throw new Error('usage: make-clips.mjs <ffmpeg>');
const folder = new URL('../src/testdata/', import.meta.url);

const X264 = ['libx264', '-preset', 'ultrafast', '-bf', '2', '-b_strategy', '0', '-g', '5', '-crf', '45'];
const X265 = ['libx265', '-preset', 'ultrafast', '-crf', '45', '-x265-params', 'keyint=5:min-keyint=5:bframes=1:info=0:log-level=error'];
const AAC = ['aac', '-b:a', '16k'];

const CLIPS = [
  { name: 'h264-aac', video: X264, audio: AAC },
  { name: 'h265-opus', video: X265, audio: ['libopus', '-b:a', '16k'] },
  { name: 'mpeg2-mp2', video: ['mpeg2video', '-q:v', '31', '-g', '5'], audio: ['mp2', '-b:a', '64k'] },
  { name: 'mpeg4-ac3', video: ['mpeg4', '-q:v', '31', '-g', '5'], audio: ['ac3', '-b:a', '64k'] },
  { name: 'latm', audio: ['aac', '-b:a', '64k'], flags: ['-mpegts_flags', 'latm'] },
  { name: 'wrapping', video: X264, flags: ['-output_ts_offset', '95442.2'] },
];

for (const { name, video, audio, flags = [] } of CLIPS) {
  const file = new URL(`${name}.mpegts`, folder).pathname;
  const inputs = [
    ...(video ? ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=0.4'] : []),
    ...(audio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=0.3'] : []),
  ];
  const codecs = [...(video ? ['-pix_fmt', 'yuv420p', '-c:v', ...video] : []), ...(audio ? ['-c:a', ...audio] : [])];
  const muxer = ['-bitexact', '-fflags', '+bitexact', '-f', 'mpegts', ...flags];
  execFileSync(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...inputs, ...codecs, ...muxer, file]);
  const probe = [
    '-v',
    'error',
    '-correct_ts_overflow',
    '0',
    '-show_packets',
    '-show_entries',
    'packet=stream_index,pts,dts',
    '-of',
    'json',
    file,
  ];
  const { packets } = JSON.parse(execFileSync('ffprobe', probe).toString());
  const streams = [...(video ? [0] : []), ...(audio ? [video ? 1 : 0] : [])].map((index) => {
    const own = packets.filter((packet) => packet.stream_index === index);
    return { pts: own.map(({ pts }) => pts), dts: own.map(({ dts, pts }) => dts ?? pts) };
  });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ streams })}\n`);
}
