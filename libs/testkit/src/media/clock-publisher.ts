import { Program } from '../process/program.ts';
import type { SeenPicture } from '../browser/player-tab.ts';
import { ffmpegFile } from './clip.ts';

const BITS = 16;
const TICK_MS = 10;
const BIT_PIXELS = 16;
const HEIGHT = 32;
const FRAME_RATE = 25;
const MIDDLE = 128;

/** Publishes pictures that show when they were made, as black and white bars, so that whoever decodes one knows its age. */
export class ClockPublisher {
  readonly program: Program;
  private readonly startMs = Date.now();

  /** H264 with a key frame a second. */
  constructor(url: string) {
    const wallClock = `setpts=(RTCTIME/1000-${this.startMs})/1000/TB`;
    const bars = `geq=lum='255*mod(floor(T*1000/${TICK_MS}/pow(2\\,floor(X/${BIT_PIXELS})))\\,2)':cb=128:cr=128`;
    const source = `color=black:size=${BITS * BIT_PIXELS}x${HEIGHT}:rate=${FRAME_RATE},format=yuv420p`;
    const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', String(FRAME_RATE), '-sc_threshold', '0'];
    this.program = new Program({
      name: 'ffmpeg publisher of a clock',
      command: ffmpegFile('debian'),
      args: ['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', source, '-vf', `${wallClock},${bars}`, ...encoder].concat([
        '-fps_mode',
        'passthrough',
        '-f',
        'rtsp',
        '-rtsp_transport',
        'tcp',
        url,
      ]),
    });
  }

  /** Milliseconds since the picture was made, to 10 ms. */
  ageMs(picture: SeenPicture): number {
    const row = Math.floor(picture.height / 2) * picture.width;
    let ticks = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const column = Math.floor(((bit + 0.5) * picture.width) / BITS);
      if (picture.brightness[row + column]! > MIDDLE) ticks += 2 ** bit;
    }
    const wrapMs = 2 ** BITS * TICK_MS;
    return (((Date.now() - this.startMs - ticks * TICK_MS) % wrapMs) + wrapMs) % wrapMs;
  }

  async close(): Promise<void> {
    await this.program.close();
  }
}
