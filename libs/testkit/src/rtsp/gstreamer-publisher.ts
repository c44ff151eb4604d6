import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { systemFile } from '../process/program-files.ts';
import { Program } from '../process/program.ts';
import { RawPublisher } from './raw-publisher.ts';

export interface GstreamerPublishOptions {
  readonly port: number;
  readonly path: string;
  /** Up to the payloader, for instance `filesrc ... ! ac3parse ! rtpac3pay pt=96`. */
  readonly pipeline: string;
  /** The lines of the media. */
  readonly media: readonly string[];
}

/**
 * gstreamer makes the RTP packets, and they are published over TCP as they are: for codecs that ffmpeg cannot send.
 * (Debian has no rtspclientsink.)
 */
export class GstreamerPublisher {
  readonly program: Program;
  private readonly publisher: RawPublisher;
  private readonly socket: Socket;

  private constructor(program: Program, publisher: RawPublisher, socket: Socket) {
    this.program = program;
    this.publisher = publisher;
    this.socket = socket;
  }

  static async start({ port, path, pipeline, media }: GstreamerPublishOptions): Promise<GstreamerPublisher> {
    const publisher = await RawPublisher.start({ port, path, medias: [media] });
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (packet) => publisher.sendRtp(0, packet));
    const sink = `udpsink host=127.0.0.1 port=${socket.address().port}`;
    const args = ['-q', ...`${pipeline} ! ${sink}`.split(' ')];
    const program = new Program({ name: `gstreamer publisher of ${path}`, command: systemFile('gst-launch-1.0'), args });
    return new GstreamerPublisher(program, publisher, socket);
  }

  async close(): Promise<void> {
    await this.program.close();
    this.socket.close();
    this.publisher.close();
  }
}
