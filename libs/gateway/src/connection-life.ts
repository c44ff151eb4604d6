import { ParseError } from '@mediamesh/bytes';
import { ConnectionError, FingerprintError } from '@mediamesh/net';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';

type ErrorKind = abstract new (...parameters: never[]) => Error;

/** Of the server and the network. */
const EXPECTED: readonly ErrorKind[] = [ConnectionError, FingerprintError, ParseError];

export interface ConnectionLifeOptions {
  readonly timers: TimerWheel;
  readonly logger: Logger;
  /** Other errors that are the server's or the stream's. What remains is ours, and is logged with its stack. */
  readonly expected: readonly ErrorKind[];
  /** Takes leave of the server, and then finishes. */
  stop(reason: string): void;
}

/**
 * A connection to another server, from its start to its end: what repeats until then, and what its failures lead to.
 *
 * Shape:  `run` once; `finish` with the end: the first counts.
 * Errors: none leave `run`, `guard` and `every`: they stop the connection, with the reason.
 */
export class ConnectionLife<End> {
  private readonly options: ConnectionLifeOptions;
  private readonly gone = new AbortController();
  private readonly ended = Promise.withResolvers<End>();
  private readonly repeating: WheelTimer[] = [];

  constructor(options: ConnectionLifeOptions) {
    this.options = options;
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  get isOver(): boolean {
    return this.gone.signal.aborted;
  }

  /** Resolves when it is over, and `connect` has settled. */
  async run(connect: () => Promise<void>): Promise<End> {
    try {
      await connect();
    } catch (error) {
      this.failed(error);
    }
    return this.ended.promise;
  }

  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  every(intervalMs: number, run: () => void): void {
    const { timers } = this.options;
    const timer = timers.schedule(intervalMs, () => {
      this.guard(run);
      if (!this.isOver) timers.reschedule(timer, intervalMs);
    });
    this.repeating.push(timer);
  }

  failed(error: unknown): void {
    const { logger, expected } = this.options;
    if (![...EXPECTED, ...expected].some((kind) => error instanceof kind)) logger.error('internal error, closing the connection', error);
    this.options.stop(error instanceof Error ? error.message : String(error));
  }

  finish(end: End): void {
    if (this.isOver) return;
    this.gone.abort();
    for (const timer of this.repeating) this.options.timers.cancel(timer);
    this.ended.resolve(end);
  }
}
