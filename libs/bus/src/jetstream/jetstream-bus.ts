import type { EpochState } from '@mediamesh/media';
import { BusError, ENDED_EPOCH_KEPT_MS } from '../port.ts';
import type { BusSink, BusStart, BusWindow, EpochTail, MediaBus, Publication, PublicationEvents, Subscription } from '../port.ts';
import { UnitGate, warnOfSinkError } from '../unit-gate.ts';
import type { SinkErrorReport } from '../unit-gate.ts';
import { BusConnection } from './bus-connection.ts';
import type { BusConnectionOptions } from './bus-connection.ts';
import { assertSubjectPrefix, EpochNames } from './epoch-names.ts';
import { EpochNews } from './epoch-news.ts';
import { EpochStreams } from './epoch-streams.ts';
import { JetStreamPublication } from './jetstream-publication.ts';
import { JetStreamSubscription } from './jetstream-subscription.ts';
import { readTail } from './epoch-tail.ts';
import type { AckOutcome } from './publish-acks.ts';

export interface JetStreamBusOptions extends BusConnectionOptions {
  /** First words of all subjects; streams are named after it. Default `media`. */
  readonly subjectPrefix?: string;
  /** How long a stream keeps what nobody purges: what a dead publisher leaves. At least twice the window. Default 60 s. */
  readonly maxAgeMs?: number;
  /** What a sink threw, and messages that make no sense. Default: a process warning. */
  readonly onSinkError?: SinkErrorReport;
}

const DEFAULT_MAX_AGE_MS = 60_000;

/**
 * The media plane over NATS JetStream: memory streams, one a path, epoch and generation. Any number of processes.
 */
export class JetStreamBus implements MediaBus {
  readonly #connection: BusConnection;
  readonly #news: EpochNews;
  readonly #prefix: string;
  readonly #maxAgeMs: number;
  readonly #report: SinkErrorReport;
  readonly #publications = new Set<JetStreamPublication>();
  readonly #subscriptions = new Set<JetStreamSubscription>();
  readonly #removals = new Set<NodeJS.Timeout>();
  #closed = false;

  private constructor(connection: BusConnection, options: JetStreamBusOptions) {
    this.#connection = connection;
    this.#prefix = options.subjectPrefix ?? 'media';
    this.#maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
    this.#report = options.onSinkError ?? warnOfSinkError;
    this.#news = new EpochNews(connection, this.#prefix);
  }

  /** Errors: BusError `BUS_UNAVAILABLE` when no server takes the connection; RangeError for a subject prefix that is none. */
  static async connect(options: JetStreamBusOptions): Promise<JetStreamBus> {
    if (options.subjectPrefix !== undefined) assertSubjectPrefix(options.subjectPrefix);
    return new JetStreamBus(await BusConnection.open(options), options);
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  async publish(state: EpochState, window: BusWindow, events: PublicationEvents): Promise<Publication> {
    this.#assertConnected();
    const streams = this.#streams(state.path, state.epoch);
    const publication: JetStreamPublication = new JetStreamPublication(
      {
        connection: this.#connection,
        streams,
        news: this.#news,
        window,
        maxAgeMs: Math.max(this.#maxAgeMs, window.durationMs * 2),
        events,
        report: this.#report,
        onEnd: () => {
          this.#publications.delete(publication);
          this.#removeLater(streams);
        },
      },
      state,
    );
    await guarded(async () => {
      if ((await streams.generations()).length > 0) {
        throw new BusError('EPOCH_EXISTS', `epoch ${state.epoch} of ${state.path} exists: take a new number`);
      }
      await this.#open(publication, streams);
    });
    this.#publications.add(publication);
    return publication;
  }

  async subscribe(path: string, epoch: number, start: BusStart, sink: BusSink): Promise<Subscription> {
    this.#assertConnected();
    const subscription = new JetStreamSubscription({
      path,
      connection: this.#connection,
      streams: this.#streams(path, epoch),
      news: this.#news,
      gate: new UnitGate(sink, path, this.#report),
      report: this.#report,
      onEnd: (ended) => this.#subscriptions.delete(ended),
    });
    await guarded(() => subscription.open(start));
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async tail(path: string, epoch: number): Promise<EpochTail | undefined> {
    this.#assertConnected();
    return guarded(() => readTail(this.#streams(path, epoch)));
  }

  async remove(path: string, epoch: number): Promise<void> {
    this.#assertConnected();
    const streams = this.#streams(path, epoch);
    this.#news.announce(streams.names, { removed: true });
    await guarded(() => deleteAll(streams));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#removals) clearTimeout(timer);
    for (const publication of [...this.#publications]) publication.close();
    for (const subscription of [...this.#subscriptions]) subscription.end('the bus was closed');
    await this.#connection.close();
  }

  async #open(publication: JetStreamPublication, streams: EpochStreams): Promise<void> {
    let outcome: AckOutcome = { result: 'unknown' };
    try {
      outcome = await publication.open();
    } finally {
      if (outcome.result !== 'stored') {
        publication.close();
        deleteAll(streams).catch(() => undefined);
      }
    }
    if (outcome.result === 'refused') throw new BusError('BUS_FULL', outcome.why);
    if (outcome.result !== 'stored') throw new BusError('BUS_UNAVAILABLE', 'the broker has created a stream and does not answer on it');
  }

  #streams(path: string, epoch: number): EpochStreams {
    return new EpochStreams(this.#connection, new EpochNames(this.#prefix, path, epoch));
  }

  /** If this process is gone by then, control removes the epoch. */
  #removeLater(streams: EpochStreams): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#removals.delete(timer);
      deleteAll(streams).catch(() => undefined);
    }, ENDED_EPOCH_KEPT_MS);
    timer.unref();
    this.#removals.add(timer);
  }

  #assertConnected(): void {
    if (this.#closed) throw new BusError('BUS_CLOSED', 'the media bus was closed');
    if (!this.#connection.connected) throw new BusError('BUS_UNAVAILABLE', 'the media bus is not connected to its broker: try again');
  }
}

async function deleteAll(streams: EpochStreams): Promise<void> {
  await Promise.all((await streams.generations()).map((generation) => streams.delete(generation)));
}

/** Failures of the broker as BusError. */
async function guarded<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof BusError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BusError('BUS_UNAVAILABLE', `the broker does not serve the media bus: ${why}`, { cause: error });
  }
}
