import { readFileSync } from 'node:fs';
import { Program } from '../process/program.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { FRAME_HASHES } from './clip-reference.ts';
import { ffmpegFile } from './clip.ts';
import type { FfmpegVersion } from './clip.ts';
import type { RtspTransport } from './ffmpeg-publisher.ts';
import { parseFrameHashes } from './frame-hashes.ts';
import type { HashedFrame } from './frame-hashes.ts';

export interface ReadOptions {
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** How much of the stream's time is read. */
  readonly seconds: number;
  readonly transport?: RtspTransport | 'udp_multicast';
  readonly ffmpeg?: FfmpegVersion;
  readonly video?: boolean;
  /** Which, when there are several; the first without. */
  readonly videoTrack?: number;
  readonly audio?: boolean;
  readonly inputOptions?: readonly string[];
}

export interface ReadResult {
  readonly frames: readonly HashedFrame[];
  /** The audio packets as they came, one behind the other. They were decoded too. */
  readonly audio: Uint8Array;
}

const DEADLINE_MS = 40_000;
/** It takes UDP ports at random, and others when somebody has them. */
const PORT_TAKEN = /^\[udp @ 0x[\da-f]+\] bind failed: Address already in use$/;
let readers = 0;

/** ffmpeg reads and decodes everything. */
export class FfmpegReader {
  readonly program: Program;
  private readonly frameFile: string;
  private readonly audioFile: string;
  private readonly options: ReadOptions;

  constructor(options: ReadOptions) {
    const { url, folder, seconds, transport = 'tcp', video = true, videoTrack = 0, audio = true, inputOptions = [] } = options;
    const number = ++readers;
    this.options = options;
    this.frameFile = folder.file(`frames-${number}`);
    this.audioFile = folder.file(`audio-${number}`);
    const duration = ['-t', String(seconds)];
    const rtspOptions = url.startsWith('rtsp') ? ['-rtsp_transport', transport] : [];
    const args = ['-nostdin', '-v', 'error', ...rtspOptions, ...inputOptions, '-i', url];
    if (video) args.push('-map', `0:v:${videoTrack}`, ...duration, ...FRAME_HASHES, '-flush_packets', '1', this.frameFile);
    if (audio)
      args.push('-map', '0:a', ...duration, '-c', 'copy', '-f', 'data', this.audioFile, '-map', '0:a', ...duration, '-f', 'null', '-');
    this.program = new Program({ name: `ffmpeg reader ${number} (${transport})`, command: ffmpegFile(options.ffmpeg ?? 'debian'), args });
  }

  /** Errors: ffmpeg failed, or said that something is wrong with the stream. */
  async result(): Promise<ReadResult> {
    const { code } = await this.program.waitForEnd(DEADLINE_MS);
    const lines = this.program.stderr.lines.filter((line) => !PORT_TAKEN.test(line));
    if (code !== 0 || lines.length > 0) throw new Error(`${this.program.name} ended with ${code}:\n${lines.join('\n')}`);
    return this.soFar();
  }

  /** What has been decoded up to now. */
  soFar(): ReadResult {
    const { video = true, audio = true } = this.options;
    return {
      frames: video ? parseFrameHashes(completeLines(readFileSync(this.frameFile, 'utf8'))) : [],
      audio: audio ? readFileSync(this.audioFile) : new Uint8Array(),
    };
  }

  close(): Promise<void> {
    return this.program.close();
  }
}

function completeLines(text: string): string {
  return text.substring(0, text.lastIndexOf('\n') + 1);
}
