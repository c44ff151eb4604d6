import { randomInt } from 'node:crypto';
import type { Grant } from '@mediamesh/contracts';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Gateway } from '@mediamesh/gateway';
import type { AnnouncedTrack } from '@mediamesh/rtsp';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { ToStream, tracksOf } from './to-stream.ts';
import type { ToStreamEvents } from './to-stream.ts';

/** Log lines about what comes in, at most once a second each. Contract 6.1.5. */
export class InboundLog implements ToStreamEvents {
  private readonly lostCounter: RateLimitedCounter;
  private readonly errorCounter: RateLimitedCounter;
  private readonly noTimeCounter: RateLimitedCounter;

  constructor(logger: Logger) {
    this.lostCounter = new RateLimitedCounter((count) => logger.warn(`${count} RTP ${count === 1 ? 'packet' : 'packets'} lost`));
    this.errorCounter = new RateLimitedCounter((count, last) =>
      logger.warn(count === 1 ? `decode error: ${last}` : `${count} decode errors, last was: ${last}`),
    );
    this.noTimeCounter = new RateLimitedCounter(() => logger.warn('received RTP packet without absolute time, skipping it'));
  }

  lost(packets: number): void {
    this.lostCounter.add(packets);
  }

  undecodable(error: Error): void {
    this.errorCounter.add(1, error.message);
  }

  withoutAbsoluteTime(): void {
    this.noTimeCounter.add(1);
  }
}

export interface PublishingOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly path: string;
  readonly query: string;
  readonly grant: Grant | undefined;
  readonly announced: readonly AnnouncedTrack[];
  readonly title: string | undefined;
  readonly transport: 'tcp' | 'udp';
  /** Of our reports; random when it does not matter. */
  readonly receiverSsrc?: number;
  readonly onLost: (reason: string) => void;
}

/** A client, or a source, that feeds a path. */
export class Publishing {
  readonly stream: StreamPublisher;
  readonly toStream: ToStream;

  private constructor(stream: StreamPublisher, toStream: ToStream) {
    this.stream = stream;
    this.toStream = toStream;
  }

  /** Errors: as `StreamPublisher.open`. */
  static async open(options: PublishingOptions): Promise<Publishing> {
    const { gateway, announced, grant } = options;
    const stream = await StreamPublisher.open(gateway, {
      path: options.path,
      sessionId: options.sessionId,
      sourceType: options.sourceType,
      query: options.query,
      user: grant?.user ?? '',
      fingerprint: grant?.settings.fingerprint,
      tracks: tracksOf(announced),
      title: options.title,
      onLost: options.onLost,
    });
    const toStream = new ToStream(announced, stream.ingest, {
      transport: options.transport,
      useAbsoluteTimestamp: stream.settings.useAbsoluteTimestamp,
      receiverSsrc: options.receiverSsrc ?? randomInt(2 ** 32),
      events: new InboundLog(options.logger),
    });
    return new Publishing(stream, toStream);
  }

  close(reason: string): Promise<void> {
    return this.stream.close(reason);
  }
}
