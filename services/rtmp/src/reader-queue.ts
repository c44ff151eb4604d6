import type { TcpConnection } from '@mediamesh/net';

/** What waits in a reader's connection, as the hub looks at it. */
export class ReaderQueue {
  private readonly tcp: TcpConnection;
  /** The catch-up leaves the connection with this many bytes sent: until then what it holds is not the queue's. */
  private catchUpEnd = 0;
  private frames = 0;
  private frameBytes = 0;

  constructor(tcp: TcpConnection) {
    this.tcp = tcp;
  }

  get bytes(): number {
    const queued = this.tcp.queuedBytes;
    if (this.catchUpEnd === 0) return queued;
    const flushed = this.tcp.sentBytes - queued;
    if (flushed < this.catchUpEnd) return queued - (this.catchUpEnd - flushed);
    this.catchUpEnd = 0;
    return queued;
  }

  /** Node counts bytes: as many frames as they are of the average size so far. */
  get packets(): number {
    const queued = this.bytes;
    return queued === 0 ? 0 : (queued * this.frames) / this.frameBytes;
  }

  /** False when the connection takes no more, or is ending. Hot: once a frame and reader. */
  write(bytes: Uint8Array): boolean {
    if (!this.tcp.write(bytes)) return false;
    this.frames++;
    this.frameBytes += bytes.length;
    return true;
  }

  /** All that was written so far is outside of the queue. */
  endCatchUp(): void {
    this.catchUpEnd = this.tcp.sentBytes;
  }
}
