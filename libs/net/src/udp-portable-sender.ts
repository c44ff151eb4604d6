import type { Socket } from 'node:dgram';
import { copyBytes } from '@mediamesh/bytes';
import type { UdpDestination } from './udp-destination.ts';

/**
 * Sends datagrams through Node, in the turn that they are given in.
 *
 * Aliasing: when the system's buffer is full Node keeps one datagram queued; further ones are refused until it has left.
 */
export class UdpPortableSender {
  /** Taken, and then refused by the system. */
  failed = 0;
  private readonly socket: Socket;
  private readonly onSent: (error: Error | null) => void;

  constructor(socket: Socket) {
    this.socket = socket;
    this.onSent = (error) => {
      if (error) this.failed++;
    };
  }

  /** False when it would have to wait. `bytes` must not change until it is sent. */
  send(bytes: Uint8Array, destination: UdpDestination): boolean {
    if (this.socket.getSendQueueSize() > 0) return false;
    this.socket.send(bytes, destination.port, destination.nodeAddress, this.onSent);
    return true;
  }

  /** As `send`, of a copy of a part of `buffer`. */
  sendCopy(buffer: Uint8Array, offset: number, size: number, destination: UdpDestination): boolean {
    return this.send(copyBytes(buffer.subarray(offset, offset + size)), destination);
  }
}
