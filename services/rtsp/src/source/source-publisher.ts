import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { Gateway } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { AnnouncedTrack } from '@mediamesh/rtsp';
import { Publishing } from '../publishing.ts';
import type { ToStream } from '../to-stream.ts';

const RETRY_MS = 1_000;

export interface SourcePublisherOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sessionId: string;
  readonly path: string;
  readonly announced: readonly AnnouncedTrack[];
  readonly title: string;
  readonly transport: 'tcp' | 'udp';
  /** Of our reports; random where nobody expects one. */
  readonly receiverSsrc: number | undefined;
  readonly demuxMpegts: boolean;
  readonly useAbsoluteTimestamp: boolean;
  readonly onLost: (reason: string) => void;
  /** The session is over. */
  readonly signal: AbortSignal;
}

/** A source's stay on its path. While control or bus are away the source stays connected, and tries again. */
export class SourcePublisher {
  /** Once the path takes units. */
  toStream: ToStream | undefined;
  private readonly options: SourcePublisherOptions;
  private opening: Promise<Publishing> | undefined;

  constructor(options: SourcePublisherOptions) {
    this.options = options;
  }

  /** Errors: ControlError of a refusal; the signal's reason. */
  async open(): Promise<ToStream> {
    const { signal, logger } = this.options;
    for (let said = false; ; said = true) {
      try {
        this.opening = this.attempt();
        this.toStream = (await this.opening).toStream;
        return this.toStream;
      } catch (error) {
        if (signal.aborted || !isAway(error)) throw error;
        if (!said) logger.warn(`cannot publish yet, trying again: ${error.message}`);
      }
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  /** Ends the stream for its readers. */
  async close(reason: string): Promise<void> {
    this.toStream = undefined;
    try {
      await (await this.opening)?.close(reason);
    } catch {
      // it was never open: `open` has said why
    }
  }

  private attempt(): Promise<Publishing> {
    const { receiverSsrc, signal: _, ...options } = this.options;
    return Publishing.open({
      ...options,
      sourceType: 'rtspSource',
      query: '',
      grant: undefined,
      ...(receiverSsrc !== undefined && { receiverSsrc }),
    });
  }
}

function isAway(error: unknown): error is ControlError {
  return error instanceof ControlError && (error.code === 'UNAVAILABLE' || error.code === 'TIMED_OUT' || error.code === 'NOT_LEADER');
}
