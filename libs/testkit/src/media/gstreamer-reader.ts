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
/** As large as it gets: a sink waits for the other's first picture or sound. */
const QUEUE = ['queue', 'max-size-time=0', 'max-size-bytes=0', 'max-size-buffers=0'];
let readers = 0;

/** gst-launch reads, decodes pictures and hashes them; sound is kept as it comes out of RTP. */
export class GstreamerReader {
  readonly program: Program;
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
    const branch = (kind: 'video' | 'audio', elements: string): readonly string[] =>
      isRtmp ? demuxed(kind, elements) : received(elements);
    if (video !== undefined)
      args.push(...branch('video', `${video} ! videoconvert ! video/x-raw,format=I420 ! checksumsink hash=md5 sync=false`));
    if (audio !== undefined) args.push(...branch('audio', `${audio} ! filesink buffer-mode=unbuffered location=${this.audioFile}`));
    this.program = new Program({ name: `gstreamer reader ${number} (${transport})`, command: systemFile('gst-launch-1.0'), args });
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
    try {
      await waitFor(() => !this.program.isRunning || (this.frames.length >= frames && this.audioSize >= audioBytes), {
        deadlineMs: DEADLINE_MS,
        what: `${frames} frames and ${audioBytes} bytes of audio`,
      });
    } catch (error) {
      const got = `there are ${this.frames.length} and ${this.audioSize}; last lines:\n${this.program.stderr.tail()}`;
      throw new Error(`${this.program.name}: ${(error as Error).message}: ${got}`, { cause: error });
    }
    const ended = !this.program.isRunning;
    const said = [...this.program.stdout.lines, ...this.program.stderr.lines].filter((line) => /error|warning|critical/i.test(line));
    await this.program.stop('SIGINT');
    if (ended || said.length > 0)
      throw new Error(`${this.program.name} ${ended ? 'ended early' : 'complains'}:\n${this.program.stderr.tail()}`);
    return { frames: this.frames, audio: this.audio };
  }

  private get audioSize(): number {
    return this.options.audio !== undefined && existsSync(this.audioFile) ? statSync(this.audioFile).size : 0;
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

/**
 * Out of a receiver of RTP, whose pads come each from a thread of its own, and both threads try all links. Without caps or a queue in
 * between, one call links a pad to the depacketizer that takes its media. With them, gst-launch adds a filter, links it on both sides
 * and, when the other thread was faster, removes it, with the link that had worked: the reader locked up, or used pads that were freed.
 * `:` links whenever a pad comes; `!` warns when the last pad is announced while the other thread still links.
 */
function received(elements: string): readonly string[] {
  return ['source.', ':', ...elements.split(' ')];
}
