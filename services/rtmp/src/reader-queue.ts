import type { TcpConnection } from '@mediamesh/net';
import { MESSAGE_STREAM_ID, OUTGOING_CHUNK_SIZE, inMessageStream } from '@mediamesh/rtmp';

/** What waits in a reader's connection, as the hub looks at it. */
export class ReaderQueue {
  private readonly tcp: TcpConnection;
  private readonly streamId: number;
  /** The catch-up leaves the connection with this many bytes sent: until then what it holds is not the queue's. */
  private catchUpEnd = 0;
  private frames = 0;
  private frameBytes = 0;

  /** `streamId`: the message stream that a server wants them in; all have been serialized for the usual one. */
  constructor(tcp: TcpConnection, streamId: number = MESSAGE_STREAM_ID) {
    this.tcp = tcp;
    this.streamId = streamId;
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
    const isUsual = this.streamId === MESSAGE_STREAM_ID;
    if (!this.tcp.write(isUsual ? bytes : inMessageStream(bytes, this.streamId, OUTGOING_CHUNK_SIZE))) return false;
    this.frames++;
    this.frameBytes += bytes.length;
    return true;
  }

  /** All that was written so far is outside of the queue. */
  endCatchUp(): void {
    this.catchUpEnd = this.tcp.sentBytes;
  }
}
