import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { ffmpegFile } from '../media/clip.ts';
import type { Clip } from '../media/clip.ts';
import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import type { ProgramOptions } from '../process/program.ts';
import { RawPublisher } from './raw-publisher.ts';

interface RelayOptions {
  readonly port: number;
  readonly path: string;
  /** The lines of the media. */
  readonly media: readonly string[];
}

/** Another program makes the RTP packets, and they are published over TCP as they are: for what ffmpeg cannot send over RTSP. */
export class RelayedPublisher {
  readonly program: Program;
  private readonly publisher: RawPublisher;
  private readonly socket: Socket;

  private constructor(program: Program, publisher: RawPublisher, socket: Socket) {
    this.program = program;
    this.publisher = publisher;
    this.socket = socket;
  }

  /** `pipeline`: up to the payloader, for instance `filesrc ... ! ac3parse ! rtpac3pay pt=96`. (Debian has no rtspclientsink.) */
  static ofGstreamer({ pipeline, ...options }: RelayOptions & { readonly pipeline: string }): Promise<RelayedPublisher> {
    return RelayedPublisher.start(options, (port) => ({
      name: `gstreamer publisher of ${options.path}`,
      command: systemFile('gst-launch-1.0'),
      args: ['-q', ...`${pipeline} ! udpsink host=127.0.0.1 port=${port}`.split(' ')],
    }));
  }

  /** The clip as an MPEG transport stream in RTP. */
  static ofMpegts({ clip, ...options }: Omit<RelayOptions, 'media'> & { readonly clip: Clip }): Promise<RelayedPublisher> {
    return RelayedPublisher.start({ ...options, media: ['m=video 0 RTP/AVP 33'] }, (port) => ({
      name: `ffmpeg publisher of ${options.path}`,
      command: ffmpegFile('debian'),
      args: ['-nostdin', '-v', 'error', '-re', '-i', clip.file, '-c', 'copy', '-f', 'rtp_mpegts', `rtp://127.0.0.1:${port}`],
    }));
  }

  private static async start({ port, path, media }: RelayOptions, programOf: (port: number) => ProgramOptions): Promise<RelayedPublisher> {
    const publisher = await RawPublisher.start({ port, path, medias: [media] });
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (packet) => publisher.sendRtp(0, packet));
    return new RelayedPublisher(new Program(programOf(socket.address().port)), publisher, socket);
  }

  async close(): Promise<void> {
    await this.program.close();
    this.socket.close();
    this.publisher.close();
  }
}
