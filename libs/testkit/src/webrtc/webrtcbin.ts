import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clip } from '../media/clip.ts';
import { checksumLines } from '../media/gstreamer-reader.ts';
import { Program } from '../process/program.ts';
import { DEBIAN_PYTHON } from '../process/program-files.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';

const CLIENT = join(import.meta.dirname, 'webrtcbin.py');
let clients = 0;

/** gstreamer's webrtcbin publishes over WHIP what these elements feed into `peer.`, each media with its RTP caps. */
export function publishWithWebrtcbin(url: string, elements: string): Program {
  const name = `webrtcbin publisher ${++clients}`;
  return new Program({ name, command: DEBIAN_PYTHON, args: [CLIENT, 'publish', url, elements] });
}

/** H264 and Opus of an MP4 in real time, without encoding. */
export function clipForWebrtcbin({ file }: Clip): string {
  const media = (kind: string, parser: string, payloader: string, caps: string): string =>
    `file.${kind}_0 ! queue ! ${parser} ! identity sync=true ! ${payloader} ! application/x-rtp,media=${kind},${caps} ! peer.`;
  return [
    `filesrc location=${file} ! qtdemux name=file`,
    media('video', 'h264parse config-interval=-1', 'rtph264pay', 'encoding-name=H264,payload=96,packetization-mode=(string)1'),
    media('audio', 'opusparse', 'rtpopuspay', 'encoding-name=OPUS,payload=97'),
  ].join(' ');
}

/** What is asked for: RTP caps without their media, and a depacketizer; for video also a decoder. */
export interface WebrtcbinMedia {
  readonly caps: string;
  readonly elements: string;
}

export interface WebrtcbinReadOptions {
  readonly url: string;
  readonly folder: TemporaryFolder;
  readonly video?: WebrtcbinMedia;
  readonly audio?: WebrtcbinMedia;
}

/** gstreamer's webrtcbin reads over WHEP: pictures are decoded and hashed, sound is kept as it comes out of RTP. */
export class WebrtcbinReader {
  readonly program: Program;
  private readonly audioFile: string;

  constructor({ url, folder, video, audio }: WebrtcbinReadOptions) {
    const number = ++clients;
    this.audioFile = folder.file(`webrtcbin-audio-${number}`);
    const args = [CLIENT, 'read', url];
    if (video !== undefined)
      args.push('video', video.caps, `${video.elements} ! videoconvert ! video/x-raw,format=I420 ! checksumsink hash=md5 sync=false`);
    if (audio !== undefined)
      args.push('audio', audio.caps, `${audio.elements} ! filesink buffer-mode=unbuffered location=${this.audioFile}`);
    this.program = new Program({ name: `webrtcbin reader ${number}`, command: DEBIAN_PYTHON, args });
  }

  /** Hashes of decoded pictures, so far. */
  get frames(): readonly string[] {
    return checksumLines(this.program);
  }

  /** Sound as it came out of RTP, so far. */
  get audio(): Uint8Array {
    return existsSync(this.audioFile) ? readFileSync(this.audioFile) : new Uint8Array();
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
