import type { Socket } from 'node:net';
import type { FrameBytes } from './frame-packets.ts';

/** A publisher's connection, as frames are given to it. */
export interface FrameSink {
  readonly isGone: boolean;
  /** The server has not taken the frames before. */
  readonly isBusy: boolean;
  send(frame: FrameBytes): void;
  onClose: () => void;
  close(): void;
}

/** Over a TCP connection, in one write. */
export class SocketSink implements FrameSink {
  private readonly client: { readonly socket: Socket; onClose: () => void; close(): void };

  constructor(client: SocketSink['client']) {
    this.client = client;
  }

  get isGone(): boolean {
    return this.client.socket.destroyed;
  }

  get isBusy(): boolean {
    return this.client.socket.writableLength > 0;
  }

  set onClose(onClose: () => void) {
    this.client.onClose = onClose;
  }

  send(frame: FrameBytes): void {
    const { socket } = this.client;
    socket.write(frame.bytes);
    if (socket.writableLength > 0) frame.leaveBytes();
  }

  close(): void {
    this.client.close();
  }
}
