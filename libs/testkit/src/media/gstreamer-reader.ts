import { existsSync, readFileSync, statSync } from 'node:fs';
import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';

export interface GstreamerReadOptions {
  /** Of RTSP or RTMP. */
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** Of RTSP. */
  readonly transport?: 'tcp' | 'udp' | 'udp-mcast';
  /** Depacketizer and decoder, for instance `rtph264depay ! avdec_h264`, or parser and decoder; no video without. */
  readonly video?: string;
  /** Depacketizer, or parser; what comes out of it is kept as it is. */
  readonly audio?: string;
  /** Properties of `rtspsrc`. */
  readonly sourceOptions?: readonly string[];
}

/** What is to be there before the reader is stopped. */
export interface GstreamerTarget {
  readonly frames?: number;
  readonly audioBytes?: number;
}

const DEADLINE_MS = 40_000;
/** It takes 2 to 3 s: a SETUP of gstreamer is answered after a second. */
const FIRST_OUTPUT_MS = 8_000;
const MAX_ATTEMPTS = 3;
/** As large as it gets. */
const QUEUE = ['queue', 'max-size-time=0', 'max-size-bytes=0'];
let readers = 0;

/** gst-launch reads, decodes pictures and hashes them; sound is kept as it comes out of RTP. */
export class GstreamerReader {
  private current: Program;
  private attempts = 1;
  private readonly args: readonly string[];
  private readonly name: string;
  private readonly audioFile: string;
  private readonly options: GstreamerReadOptions;

  constructor(options: GstreamerReadOptions) {
    const { url, folder, transport = 'tcp', video, audio, sourceOptions = [] } = options;
    const number = ++readers;
    this.options = options;
    this.audioFile = folder.file(`gst-audio-${number}`);
    const isRtmp = url.startsWith('rtmp');
    const source = isRtmp ? ['rtmp2src', `location=${url}`] : ['rtspsrc', `location=${url}`, `protocols=${transport}`, 'latency=500'];
    const args = ['-q', ...source, ...sourceOptions, ...(isRtmp ? ['!', 'flvdemux', 'name=source'] : ['name=source'])];
    const branch = isRtmp ? demuxed : received;
    if (video !== undefined)
      args.push(...branch('video', `${video} ! videoconvert ! video/x-raw,format=I420 ! checksumsink hash=md5 sync=false`));
    if (audio !== undefined) args.push(...branch('audio', `${audio} ! filesink buffer-mode=unbuffered location=${this.audioFile}`));
    this.args = args;
    this.name = `gstreamer reader ${number} (${transport})`;
    this.current = this.launch();
  }

  private launch(): Program {
    return new Program({ name: this.name, command: systemFile('gst-launch-1.0'), args: this.args });
  }

  get program(): Program {
    return this.current;
  }

  /** Hashes of decoded pictures, so far. */
  get frames(): readonly string[] {
    return checksumLines(this.program);
  }

  /** Sound as it came out of RTP, so far. */
  get audio(): Uint8Array {
    return existsSync(this.audioFile) ? readFileSync(this.audioFile) : new Uint8Array();
  }

  /** Waits until enough is there, and ends the reader. Errors: it ended before, or said that something is wrong. */
  async readUntil({
    frames = 0,
    audioBytes = 0,
  }: GstreamerTarget): Promise<{ readonly frames: readonly string[]; readonly audio: Uint8Array }> {
    await this.waitForOutput();
    try {
      await waitFor(() => !this.program.isRunning || (this.frames.length >= frames && this.audioSize >= audioBytes), {
        deadlineMs: DEADLINE_MS,
        what: `${frames} frames and ${audioBytes} bytes of audio`,
      });
    } catch (error) {
      const got = `there are ${this.frames.length} and ${this.audioSize}; last lines:\n${this.program.stderr.tail()}`;
      throw new Error(`${this.name}: ${(error as Error).message}: ${got}`, { cause: error });
    }
    const ended = !this.program.isRunning;
    const said = [...this.program.stdout.lines, ...this.program.stderr.lines].filter((line) => /error|warning|critical/i.test(line));
    await this.program.stop('SIGINT');
    if (ended || said.length > 0) throw new Error(`${this.name} ${ended ? 'ended early' : 'complains'}:\n${this.program.stderr.tail()}`);
    return { frames: this.frames, audio: this.audio };
  }

  private get audioSize(): number {
    return this.options.audio !== undefined && existsSync(this.audioFile) ? statSync(this.audioFile).size : 0;
  }

  /**
   * Waits for the first output. gstreamer 1.22 loses a race with itself now and then when a burst of packets arrives while its pads are
   * being linked: it locks up (the packets stay in its jitter buffer), or it uses pads that are freed already, and ends with
   * `not-linked`. It is started anew then; whatever else it ends with is the test's to see.
   */
  private async waitForOutput(): Promise<void> {
    const some = (): boolean => this.frames.length > 0 || this.audioSize > 0;
    const settled = (): boolean => some() || !this.program.isRunning;
    while (this.attempts < MAX_ATTEMPTS) {
      const isSettled = await waitFor(settled, { deadlineMs: FIRST_OUTPUT_MS, what: 'the first output' }).then(
        () => true,
        () => false,
      );
      if (isSettled && (some() || !this.freedItsPads)) return;
      this.attempts++;
      await this.current.close();
      this.current = this.launch();
    }
  }

  private get freedItsPads(): boolean {
    const { lines } = this.program.stderr;
    return lines.some((line) => line.includes('not-linked')) && lines.some((line) => /CRITICAL.*GST_IS_PAD/.test(line));
  }

  close(): Promise<void> {
    return this.program.close();
  }
}

/** Hashes that `checksumsink` has printed. */
export function checksumLines({ stdout }: Program): readonly string[] {
  return stdout.lines.flatMap((line) => /^\d+:\d\d:\d\d\.\d+ ([0-9a-f]{32})$/.exec(line)?.[1] ?? []);
}

/** Out of a demuxer. */
function demuxed(kind: 'video' | 'audio', elements: string): readonly string[] {
  return [`source.${kind}`, '!', ...QUEUE, '!', ...elements.split(' ')];
}

/** Out of a receiver of RTP. */
function received(kind: 'video' | 'audio', elements: string): readonly string[] {
  return ['source.', '!', `application/x-rtp,media=${kind}`, '!', ...QUEUE, '!', ...elements.split(' ')];
}
