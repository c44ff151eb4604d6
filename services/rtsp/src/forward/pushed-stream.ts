import { SlowPeer } from '@mediamesh/gateway';
import type { PathFeed } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import { describedSession } from '@mediamesh/rtsp';
import type { RtspClientConnection } from '@mediamesh/rtsp';
import type { ClientConnection, ConnectionUse } from '../client/client-connection.ts';
import { describedTrack } from '../from-stream.ts';
import type { FromStream, OutgoingTrack, RtspFrame } from '../from-stream.ts';
import { OutboundCounters } from '../outbound.ts';
import { OutgoingStream } from '../outgoing-stream.ts';

export interface PushedStreamOptions {
  readonly feed: PathFeed<RtspFrame, FromStream>;
  readonly logger: Logger;
}

/** A path's stream as a server gets it: announced, then sent as to any reader. */
export class PushedStream implements ConnectionUse {
  readonly counters: OutboundCounters;
  private readonly connection: ClientConnection;
  private readonly feed: PathFeed<RtspFrame, FromStream>;
  private readonly tracks: readonly OutgoingTrack[];
  private readonly slow: SlowPeer;
  private stream: OutgoingStream | undefined;

  constructor(connection: ClientConnection, { feed, logger }: PushedStreamOptions) {
    this.connection = connection;
    this.feed = feed;
    // SETUPs count the medias of the description.
    this.tracks = feed.maker.tracks.toSorted((a, b) => a.mediaIndex - b.mediaIndex);
    this.counters = new OutboundCounters(this.tracks);
    this.slow = new SlowPeer(logger, 'the server');
  }

  begin(machine: RtspClientConnection): void {
    if (this.tracks.length === 0) return machine.end('the stream has no tracks that RTSP can carry');
    const title = this.feed.state.description.title ?? '';
    machine.publish({
      description: describedSession(this.tracks.map(describedTrack), { title, multicast: false, secure: false }),
      ssrcs: this.tracks.map(({ sender }) => sender.ssrc),
    });
  }

  streaming(): void {
    const { feed, counters, connection } = this;
    this.stream = new OutgoingStream({ feed, counters, transport: connection.outgoing(), onEnd: (reason) => connection.stop(reason) });
    this.stream.start(this.tracks, true, () => {});
  }

  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    if (rtcp) this.counters.received(mediaIndex, bytes, Date.now() * 1000);
  }

  tick(): void {
    this.slow.discarded(this.stream?.framesDiscarded ?? 0);
  }

  sendReports(nowUs: number): void {
    this.counters.sendReports(nowUs, (mediaIndex, bytes) => this.connection.sendRtcp(mediaIndex, bytes));
  }

  async close(): Promise<void> {
    this.slow.stop();
    this.stream?.close();
  }
}
