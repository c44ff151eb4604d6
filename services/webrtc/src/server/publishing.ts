import { randomInt } from 'node:crypto';
import type { Grant } from '@mediamesh/contracts';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Gateway } from '@mediamesh/gateway';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { ToStream } from '../to-stream.ts';
import type { IncomingTrack } from '../to-stream.ts';
import type { PeerConnection } from '../transport/peer-connection.ts';

/** Contract 6.4.3. */
const KEY_FRAME_SECONDS = 2;

export interface PublishingOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly sourceType: 'webRTCSession' | 'webRTCSource';
  readonly path: string;
  readonly query: string;
  /** Absent for sources. */
  readonly grant?: Grant;
  readonly tracks: readonly IncomingTrack[];
  readonly connection: PeerConnection;
  readonly onLost: (reason: string) => void;
}

/** A connection that feeds a path: a client's, or ours to another server. */
export class Publishing {
  readonly toStream: ToStream;
  /** Reports and requests to the peer. */
  sentRtcpPackets = 0;
  sentBytes = 0;
  private readonly stream: StreamPublisher;
  private readonly connection: PeerConnection;
  private readonly lost: RateLimitedCounter;
  private readonly undecodable: RateLimitedCounter;
  private seconds = 0;

  /** Errors: as `StreamPublisher.open`. */
  static async open(options: PublishingOptions): Promise<Publishing> {
    const { gateway, sessionId, sourceType, path, query, grant, tracks, onLost } = options;
    let publishing: Publishing | undefined;
    const stream = await StreamPublisher.open(gateway, {
      path,
      sessionId,
      sourceType,
      query,
      user: grant?.user ?? '',
      fingerprint: grant?.settings.fingerprint,
      tracks: tracks.map(({ track }) => track),
      onLost,
      onKeyFrameWanted: () => publishing?.toStream.requestKeyFrames(),
    });
    return (publishing = new Publishing(options, stream));
  }

  private constructor({ tracks, connection, logger }: PublishingOptions, stream: StreamPublisher) {
    this.stream = stream;
    this.connection = connection;
    this.lost = new RateLimitedCounter((count) => logger.warn(`${count} RTP ${count === 1 ? 'packet' : 'packets'} lost`));
    this.undecodable = new RateLimitedCounter((count, last) =>
      logger.warn(count === 1 ? `decode error: ${last}` : `${count} decode errors, last was: ${last}`),
    );
    this.toStream = new ToStream(tracks, stream.ingest, {
      receiverSsrc: randomInt(1, 2 ** 32),
      useAbsoluteTimestamp: stream.settings.useAbsoluteTimestamp,
      sendRtcp: (compound) => this.sendRtcp(compound),
      lost: (packets) => this.lost.add(packets),
      undecodable: (error) => this.undecodable.add(1, error.message),
    });
  }

  /** Every second. */
  tick(nowUs: number): void {
    const report = this.toStream.receiverReport(nowUs);
    if (report !== undefined) this.sendRtcp(report);
    const allowed = this.toStream.allowedBitrate(nowUs);
    if (allowed !== undefined) this.sendRtcp(allowed);
    if (this.seconds++ % KEY_FRAME_SECONDS === 0) this.toStream.requestKeyFrames();
  }

  close(reason: string): Promise<void> {
    this.lost.stop();
    this.undecodable.stop();
    this.toStream.close();
    return this.stream.close(reason);
  }

  /** To the peer, counted. */
  sendRtcp(compound: Uint8Array): void {
    this.sentRtcpPackets++;
    this.sentBytes += compound.length;
    this.connection.sendRtcp(compound);
  }
}
