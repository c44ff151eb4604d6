import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import type { Clip } from '../media/clip.ts';

/** gst-launch publishes H264 and AAC of an MP4 in real time, without encoding. */
export function publishWithGstreamer(url: string, clip: Clip): Program {
  const pipeline =
    `filesrc location=${clip.file} ! qtdemux name=file flvmux name=muxer streamable=true ! rtmp2sink location=${url} ` +
    'file.video_0 ! queue ! h264parse ! identity sync=true ! muxer. file.audio_0 ! queue ! aacparse ! identity sync=true ! muxer.';
  const args = ['-q', ...pipeline.split(' ')];
  return new Program({ name: `gstreamer publisher of ${clip.recipe.name}`, command: systemFile('gst-launch-1.0'), args });
}
