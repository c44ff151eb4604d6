import { SlowPeer } from '@mediamesh/gateway';
import type { PathFeed } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import type { Logger } from '@mediamesh/platform';
import type { ClientConnection, ConnectionUse } from '../client/client-connection.ts';
import type { FromStream } from '../from-stream.ts';
import { OutgoingStream } from '../outgoing-stream.ts';
import { ReaderQueue } from '../reader-queue.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';

export interface PushedStreamOptions {
  readonly feed: PathFeed<RtmpFrame, FromStream>;
  readonly logger: Logger;
}

/** A path's stream as a server gets it that takes it: the same as any reader. */
export class PushedStream implements ConnectionUse, HubReader<RtmpFrame> {
  private readonly connection: ClientConnection;
  private readonly feed: PathFeed<RtmpFrame, FromStream>;
  private readonly queue: ReaderQueue;
  private readonly stream: OutgoingStream;
  private readonly slow: SlowPeer;

  /** Starts to send. `fourCcs`: what the server was told. Errors: NoSupportedCodecError. */
  constructor(connection: ClientConnection, fourCcs: readonly string[], { feed, logger }: PushedStreamOptions) {
    this.connection = connection;
    this.feed = feed;
    this.queue = new ReaderQueue(connection.tcp, connection.streamId);
    this.stream = new OutgoingStream(feed, this.queue);
    this.stream.start(this, new Set(fourCcs), logger);
    this.slow = new SlowPeer(logger, 'the server');
  }

  get queuedPackets(): number {
    return this.queue.packets;
  }

  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** Hot: once a frame. */
  write(unit: BusUnit, frame: RtmpFrame): void {
    this.stream.write(unit, frame);
  }

  /** `OutgoingStream` sees it at the next frame. */
  describe(): void {}

  end(reason: string): void {
    this.connection.stop(reason);
  }

  tick(): void {
    this.slow.discarded(this.feed.hub.unitsSkippedBy(this));
  }

  async close(): Promise<void> {
    this.slow.stop();
    this.feed.hub.detach(this);
  }
}
