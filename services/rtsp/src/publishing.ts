import { randomInt } from 'node:crypto';
import type { Grant } from '@mediamesh/contracts';
import { StreamPublisher } from '@mediamesh/gateway';
import type { Gateway } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import type { AnnouncedTrack } from '@mediamesh/rtsp';
import { MpegtsTracks, isMpegtsAlone } from './mpegts-tracks.ts';
import { ToStream, tracksOf } from './to-stream.ts';
import type { PacketSink, ToStreamEvents } from './to-stream.ts';

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

  /** Nothing is said of a session that has ended. */
  stop(): void {
    this.lostCounter.stop();
    this.errorCounter.stop();
    this.noTimeCounter.stop();
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
  /** The path's keys `rtspDemuxMpegts` and `useAbsoluteTimestamp`. */
  readonly demuxMpegts: boolean;
  readonly useAbsoluteTimestamp: boolean;
  readonly onLost: (reason: string) => void;
}

/** A client, or a source, that feeds a path. */
export class Publishing {
  readonly toStream: ToStream;
  private readonly stay: { close(reason: string): Promise<void> };
  private readonly log: InboundLog;

  private constructor(toStream: ToStream, stay: { close(reason: string): Promise<void> }, log: InboundLog) {
    this.toStream = toStream;
    this.stay = stay;
    this.log = log;
  }

  /** Errors: as `StreamPublisher.open`. A transport stream that is taken apart opens the path later, and `onLost` says what refuses it. */
  static async open(options: PublishingOptions): Promise<Publishing> {
    const { announced, logger, onLost } = options;
    const log = new InboundLog(logger);
    const open = (tracks: readonly Track[]): Promise<StreamPublisher> => openStream(options, tracks);
    if (options.demuxMpegts && isMpegtsAlone(announced)) {
      const tracks = new MpegtsTracks({ logger, events: log, open, onLost });
      return new Publishing(toStreamOf(options, tracks, log), tracks, log);
    }
    const stream = await open(tracksOf(announced));
    return new Publishing(toStreamOf(options, stream.ingest, log), stream, log);
  }

  close(reason: string): Promise<void> {
    this.log.stop();
    return this.stay.close(reason);
  }
}

function openStream(options: PublishingOptions, tracks: readonly Track[]): Promise<StreamPublisher> {
  const { gateway, path, sessionId, sourceType, query, grant, title, onLost } = options;
  const access = { user: grant?.user ?? '', fingerprint: grant?.settings.fingerprint, standsBy: grant === undefined };
  return StreamPublisher.open(gateway, { path, sessionId, sourceType, query, ...access, tracks, title, onLost });
}

function toStreamOf(options: PublishingOptions, sink: PacketSink, events: ToStreamEvents): ToStream {
  const { announced, transport, useAbsoluteTimestamp, receiverSsrc = randomInt(2 ** 32) } = options;
  return new ToStream(announced, sink, { transport, useAbsoluteTimestamp, receiverSsrc, events });
}
