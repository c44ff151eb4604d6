import { ChunkAssembler, EnvelopeKind, envelopeKind, EnvelopeVersionError, parseEndEnvelope, parseStateEnvelope } from '@mediamesh/media';
import { equalBytes } from '@mediamesh/bytes';
import { BusError, EPOCH_REMOVED } from '../port.ts';
import type { BusStart, Subscription } from '../port.ts';
import type { SinkErrorReport, UnitGate } from '../unit-gate.ts';
import type { BusConnection, ConnectionUser } from './bus-connection.ts';
import type { EpochNews, EpochNewsItem } from './epoch-news.ts';
import type { EpochStreams } from './epoch-streams.ts';
import { PullConsumer } from './pull-consumer.ts';
import { resolveStart } from './stream-start.ts';

/** How long a publisher may take to open its next generation. 11 s were seen when the server that was lost also led the cluster. */
const LOST_EPOCH_MS = 30_000;
const RETRY_MS = 200;
/** A stream that is silent this long is looked at again: its publisher may be elsewhere, and the news of it lost. */
const SILENCE_MS = 10_000;
/** A backlog that takes longer arrives while the reader is at work already. */
const CATCH_UP_MS = 2_000;

export interface SubscriptionSetting {
  readonly path: string;
  readonly connection: BusConnection;
  readonly streams: EpochStreams;
  readonly news: EpochNews;
  readonly gate: UnitGate;
  readonly report: SinkErrorReport;
  readonly onEnd: (subscription: JetStreamSubscription) => void;
}

/**
 * The reading end of an epoch on JetStream: one consumer at a time, on one generation after another.
 *
 * Shape:  after a loss, of deliveries or of the stream, it goes on at the next sequence, else at the next generation. The gate makes
 *         of that what its sink sees: order, and gaps that end at a key unit.
 * Errors: messages that make no sense are reported and skipped; an unknown version ends the subscription.
 */
export class JetStreamSubscription implements Subscription, ConnectionUser {
  readonly #setting: SubscriptionSetting;
  readonly #assembler = new ChunkAssembler();
  #consumer: PullConsumer | undefined;
  #generation = -1;
  #sequence = 0;
  #stateBytes: Uint8Array | undefined;
  #active = false;
  #silentSinceMs = performance.now();
  #seenSequence = 0;
  #recovering = false;
  #newest = -1;
  #wake: (() => void) | undefined;
  #catchUpSequence = 0;
  #caughtUp: () => void = () => {};

  constructor(setting: SubscriptionSetting) {
    this.#setting = setting;
  }

  get waitingMessages(): number {
    return this.#consumer?.waitingMessages ?? 0;
  }

  /** Resolves when what was kept has been delivered. Errors: BusError `EPOCH_NOT_FOUND`; those of the JetStream API. */
  async open(start: BusStart): Promise<void> {
    const { connection, news, streams } = this.#setting;
    this.#active = true;
    this.#recovering = true;
    news.listen(streams.names, this.#onNews);
    connection.addUser(this);
    try {
      await this.#startAt(start);
    } catch (error) {
      this.#stop();
      throw error;
    } finally {
      this.#recovering = false;
    }
    if (this.#newest > this.#generation) this.#recover();
    await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    const last = await this.#setting.streams.lastSequence(this.#generation).catch(() => 0);
    if (!this.#active || this.#sequence >= last) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CATCH_UP_MS);
      this.#caughtUp = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#catchUpSequence = last;
    });
    this.#catchUpSequence = 0;
  }

  async #startAt(start: BusStart): Promise<void> {
    const { gate, streams, path } = this.#setting;
    const generation = (await streams.generations()).at(-1);
    const resolved = generation === undefined ? undefined : await resolveStart(streams, generation, start);
    if (generation === undefined || resolved === undefined) {
      throw new BusError('EPOCH_NOT_FOUND', `the broker knows nothing of this epoch of ${path}: ask control for the current one`);
    }
    gate.state(resolved.state);
    gate.expect(resolved.number);
    if (resolved.waits) gate.waitForStart();
    await this.#consume(generation, resolved.sequence);
  }

  async close(): Promise<void> {
    this.#setting.gate.close();
    this.#stop();
  }

  end(reason: string): void {
    this.#stop();
    this.#setting.gate.end(reason);
  }

  disconnected(): void {
    this.#dropConsumer();
  }

  reconnected(): void {
    this.#recover();
  }

  tick(nowMs: number): void {
    if (this.#sequence !== this.#seenSequence) {
      this.#seenSequence = this.#sequence;
      this.#silentSinceMs = nowMs;
    } else if (nowMs - this.#silentSinceMs > SILENCE_MS) {
      this.#silentSinceMs = nowMs;
      this.#recover();
    }
    this.#consumer?.tick(nowMs);
  }

  readonly #onNews = (item: EpochNewsItem): void => {
    if ('removed' in item) this.end(EPOCH_REMOVED);
    else if (item.generation > this.#generation) {
      this.#newest = item.generation;
      this.#wake?.();
      this.#recover();
    }
  };

  async #consume(generation: number, sequence: number): Promise<void> {
    const { connection, streams } = this.#setting;
    this.#generation = generation;
    this.#sequence = sequence - 1;
    this.#assembler.reset();
    const consumer = await PullConsumer.open(connection, streams.names.stream(generation), sequence, {
      message: (data, streamSequence) => this.#take(data, streamSequence),
      lost: () => this.#recover(),
    });
    if (this.#active) this.#consumer = consumer;
    else consumer.close();
  }

  #take(data: Uint8Array, streamSequence: number): void {
    this.#sequence = streamSequence;
    const { gate, path, report } = this.#setting;
    try {
      switch (envelopeKind(data)) {
        case EnvelopeKind.unit: {
          const unit = this.#assembler.push(data);
          if (unit !== undefined) gate.unit(unit);
          break;
        }
        case EnvelopeKind.state:
          // It is repeated before each key unit: mostly the bytes are those that were seen.
          if (this.#stateBytes === undefined || !equalBytes(this.#stateBytes, data)) {
            this.#stateBytes = data;
            gate.state(parseStateEnvelope(data));
          }
          break;
        case EnvelopeKind.end:
          this.end(parseEndEnvelope(data).reason);
          break;
      }
    } catch (error) {
      report(path, error);
      if (error instanceof EnvelopeVersionError) this.end(error.message);
    }
    if (this.#catchUpSequence > 0 && streamSequence >= this.#catchUpSequence) this.#caughtUp();
  }

  #recover(): void {
    this.#dropConsumer();
    if (this.#recovering || !this.#active) return;
    this.#recovering = true;
    void this.#goOn().finally(() => {
      this.#recovering = false;
    });
  }

  async #goOn(): Promise<void> {
    const { connection, streams } = this.#setting;
    let goneSinceMs = performance.now();
    while (this.#active) {
      if (!connection.connected) goneSinceMs = performance.now();
      else if (await this.#tryGoOn().catch(() => false)) {
        // News that came meanwhile is of a generation that this attempt did not see.
        if (this.#newest <= this.#generation) return;
        this.#dropConsumer();
      } else if (performance.now() - goneSinceMs > LOST_EPOCH_MS) {
        this.end(`the broker has lost the stream, and no publisher went on for ${LOST_EPOCH_MS / 1000} s (${streams.names.stream(0)})`);
        return;
      }
      await this.#pause();
    }
  }

  async #tryGoOn(): Promise<boolean> {
    const { streams } = this.#setting;
    const newest = (await streams.generations()).at(-1);
    if (newest === undefined || newest < this.#generation) return false;
    let sequence = this.#sequence + 1;
    if (newest > this.#generation) sequence = 1;
    // A cluster brings a stream back without its messages when its server restarts.
    else if ((await streams.lastSequence(newest)) < this.#sequence) sequence = 1;
    await this.#consume(newest, sequence);
    return this.#consumer !== undefined || !this.#active;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #dropConsumer(): void {
    this.#consumer?.close();
    this.#consumer = undefined;
  }

  #stop(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#dropConsumer();
    this.#wake?.();
    this.#caughtUp();
    const { connection, news, streams, onEnd } = this.#setting;
    connection.removeUser(this);
    news.forget(streams.names, this.#onNews);
    onEnd(this);
  }
}
