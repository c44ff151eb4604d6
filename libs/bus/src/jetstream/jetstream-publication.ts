import { serializeEndEnvelope, serializeStateEnvelope, serializeUnitMessages } from '@mediamesh/media';
import type { BusUnit, EpochState } from '@mediamesh/media';
import type { Msg } from '@nats-io/transport-node';
import { LeadingTrack } from '../leading-track.ts';
import type { BusWindow, Publication, PublicationEvents } from '../port.ts';
import type { SinkErrorReport } from '../unit-gate.ts';
import type { BusConnection, ConnectionUser } from './bus-connection.ts';
import type { EpochNews, EpochNewsItem } from './epoch-news.ts';
import type { EpochStreams } from './epoch-streams.ts';
import { parseAck, PublishAcks, UNKNOWN } from './publish-acks.ts';
import type { AckOutcome, PendingAck } from './publish-acks.ts';
import { StreamWindow } from './stream-window.ts';

/** An ack that is not there by then will not come: the server that kept the stream is gone. */
const ACK_TIMEOUT_MS = 3_000;
/** Deltas are published without an ack: with key units far apart, a state asks this often whether they are still kept. */
const PROBE_INTERVAL_MS = 1_000;
const CREATE_RETRY_MS = 250;
/** A publisher that begins is told soon that it cannot; one that has lost its stream tries for ever. */
const FIRST_ATTEMPTS = 3;
const STATE_ATTEMPTS = 20;
const STATE_RETRY_MS = 50;
/** Readers of a generation that is left behind get this long to notice by themselves. */
const OLD_GENERATION_KEPT_MS = 5_000;

export interface PublicationSetting {
  readonly connection: BusConnection;
  readonly streams: EpochStreams;
  readonly news: EpochNews;
  readonly window: BusWindow;
  readonly maxAgeMs: number;
  readonly events: PublicationEvents;
  /** What `events` threw. */
  readonly report: SinkErrorReport;
  readonly onEnd: () => void;
}

/**
 * The writing end of an epoch on JetStream.
 *
 * Shape:   `write` publishes and forgets. Start points and states carry a reply: their acks say that the stream is there and has room.
 *          A lost stream is followed by the next generation at once; media is dropped up to its first key unit, and counted.
 * Errors:  none reach the caller: what cannot be written is counted, changes go to `events.onDropping`.
 */
export class JetStreamPublication implements Publication, ConnectionUser {
  readonly #setting: PublicationSetting;
  readonly #id: number;
  readonly #leading: LeadingTrack;
  readonly #acks = new PublishAcks();
  #window: StreamWindow;
  #state: EpochState;
  #stateBytes: Uint8Array;
  #generation = 0;
  #deltaSubject = '';
  #keySubject = '';
  #stateSubject = '';
  #segment = -1;
  #lastNumber = -1;
  /** Units before the next key unit would be of no use to readers. */
  #waiting = false;
  #opening = true;
  #ended = false;
  #dropping = false;
  #unitsDropped = 0;
  #stateSentMs = 0;

  constructor(setting: PublicationSetting, state: EpochState) {
    this.#setting = setting;
    this.#state = state;
    this.#stateBytes = serializeStateEnvelope(state);
    this.#leading = new LeadingTrack(state.description);
    this.#id = setting.connection.newId();
    this.#window = this.#newWindow();
  }

  get unitsDropped(): number {
    return this.#unitsDropped;
  }

  /** Creates the first generation; resolves with what the broker says to its state. */
  async open(): Promise<AckOutcome> {
    const { connection, news, streams } = this.#setting;
    connection.onReplies(this.#id, this.#onReply);
    connection.addUser(this);
    news.listen(streams.names, this.#onNews);
    const outcome = await this.#establishFirst();
    this.#opening = false;
    return outcome;
  }

  write(unit: BusUnit): void {
    if (this.#ended || unit.number <= this.#lastNumber) {
      this.#unitsDropped += 1;
      return;
    }
    this.#lastNumber = unit.number;
    const { connection } = this.#setting;
    const leads = unit.trackId === this.#leading.trackId;
    let starts = this.#leading.isStart(unit, this.#segment);
    if (leads) this.#segment = unit.segment;
    if (!connection.connected) this.#drop('the broker is not connected');
    else if (this.#opening) this.#drop('the stream was lost and another is not there yet');
    else if (this.#waiting && !this.#leading.isResumable(unit)) this.#drop('units were lost: the next key unit is awaited');
    else {
      starts ||= this.#waiting;
      try {
        this.#send(unit, starts, leads);
      } catch (error) {
        // Beyond a limit of the envelope or of the broker, or the client is closed under us.
        this.#drop(error instanceof Error ? error.message : String(error));
      }
    }
  }

  describe(state: EpochState): void {
    if (this.#ended) return;
    this.#state = state;
    this.#stateBytes = serializeStateEnvelope(state);
    if (this.#canSend()) this.#publishState(undefined);
  }

  async end(reason: string): Promise<void> {
    if (this.#ended) return;
    const sendable = this.#canSend();
    const { connection, news, streams } = this.#setting;
    this.#ended = true;
    // Without a stream, news is the only way to tell readers.
    if (!sendable && connection.connected) news.announce(streams.names, { removed: true });
    if (sendable) {
      const bytes = serializeEndEnvelope({ epoch: this.#state.epoch, reason });
      await new Promise<void>((resolve) => this.#publishWithAck('end', this.#deltaSubject, bytes, () => resolve()));
    }
    this.close();
    this.#setting.onEnd();
  }

  /** Stops without a word to readers: the bus closes, or the epoch was removed. */
  close(): void {
    this.#ended = true;
    const { connection, news, streams } = this.#setting;
    connection.offReplies(this.#id);
    connection.removeUser(this);
    news.forget(streams.names, this.#onNews);
    this.#acks.forget();
  }

  disconnected(): void {
    this.#waiting = true;
    this.#acks.forget();
  }

  /** The broker may have come back without its memory: asking at once finds out. */
  reconnected(): void {
    if (this.#canSend()) this.#publishState(undefined);
  }

  tick(nowMs: number): void {
    const overdue = this.#acks.overdue(nowMs, ACK_TIMEOUT_MS);
    if (overdue && (this.#ended || this.#opening)) this.#acks.forget();
    if (!this.#canSend()) return;
    if (overdue) {
      this.#loseGeneration('the broker does not answer');
      return;
    }
    const idleMs = nowMs - this.#stateSentMs;
    if (idleMs >= this.#setting.maxAgeMs / 2 || (this.#acks.unasked && idleMs >= PROBE_INTERVAL_MS)) this.#publishState(undefined);
    this.#window.tick(nowMs);
  }

  #canSend(): boolean {
    return !this.#ended && !this.#opening && this.#setting.connection.connected;
  }

  #send(unit: BusUnit, starts: boolean, leads: boolean): void {
    const { connection } = this.#setting;
    const window = this.#window;
    const messages = serializeUnitMessages(unit);
    let sizeBytes = 0;
    for (let i = 0; i < messages.length; i += 1) sizeBytes += messages[i]?.length ?? 0;
    if (!connection.outbound.take(sizeBytes)) {
      this.#drop('the broker does not keep up');
      return;
    }
    this.#waiting = false;
    const timeMs = leads ? (unit.dtsTicks * 1000) / this.#leading.clockRateHz : -1;
    if (starts) {
      const start = window.open(timeMs, unit);
      this.#publishState((outcome) => window.placed(start, outcome));
    }
    for (let i = 0; i < messages.length; i += 1) {
      const message = messages[i];
      if (message === undefined) continue;
      if (starts && i === 0) this.#publishWithAck('key', this.#keySubject, message, undefined);
      else {
        this.#acks.sentMessage();
        connection.publish(this.#deltaSubject, message);
      }
    }
    this.#acks.sentUnit();
    if (window.add(unit, sizeBytes, timeMs)) this.#publishState((outcome) => window.overflowed(outcome, messages.length));
  }

  #publishState(settled: ((outcome: AckOutcome) => void) | undefined): void {
    this.#stateSentMs = performance.now();
    this.#publishWithAck('state', this.#stateSubject, this.#stateBytes, settled);
  }

  #publishWithAck(kind: PendingAck['kind'], subject: string, bytes: Uint8Array, settled: PendingAck['settled']): void {
    const request = this.#acks.ask(kind, performance.now(), settled);
    this.#setting.connection.publishWithReply(subject, bytes, this.#id, request);
  }

  readonly #onReply = (request: number, reply: Msg): void => {
    const pending = this.#acks.take(request);
    if (pending === undefined) return;
    const outcome = parseAck(reply);
    if (outcome.result === 'stored') {
      const lost = this.#acks.stored(pending, outcome.sequence);
      if (!this.#dropping) this.#unitsDropped += lost;
      if (pending.kind === 'key') this.#setDropping(false, 'the broker keeps media again');
    } else if (outcome.result === 'refused') {
      if (!this.#waiting) this.#unitsDropped += this.#acks.unitsSince(pending);
      this.#waiting = true;
      this.#setDropping(true, outcome.why);
    }
    pending.settled?.(outcome);
    if (outcome.result === 'noStream' && !this.#ended) this.#loseGeneration('the stream is gone');
  };

  readonly #onNews = (item: EpochNewsItem): void => {
    if ('removed' in item && !this.#ended) {
      this.close();
      this.#setting.onEnd();
      this.#tell((events) => events.onRemoved?.());
    }
  };

  #drop(why: string): void {
    this.#unitsDropped += 1;
    this.#waiting = true;
    this.#setDropping(true, why);
  }

  #setDropping(dropping: boolean, why: string): void {
    if (this.#dropping === dropping) return;
    this.#dropping = dropping;
    this.#tell((events) => events.onDropping(dropping, why));
  }

  #tell(what: (events: PublicationEvents) => void): void {
    try {
      what(this.#setting.events);
    } catch (error) {
      this.#setting.report(this.#state.path, error);
    }
  }

  #loseGeneration(why: string): void {
    if (this.#opening) return;
    this.#unitsDropped += this.#acks.unackedUnits;
    this.#opening = true;
    this.#waiting = true;
    this.#acks.forget();
    this.#setDropping(true, why);
    void this.#openNext();
  }

  async #establishFirst(): Promise<AckOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#establish(attempt - 1, attempt);
      } catch (error) {
        if (attempt === FIRST_ATTEMPTS || this.#setting.connection.server.cluster === undefined) throw error;
      }
    }
  }

  /** A name that was asked for in vain may still come into being on a server that is gone: each attempt takes another. */
  async #openNext(): Promise<void> {
    const { connection, news, streams } = this.#setting;
    let generation = this.#generation;
    let attempt = 0;
    while (!this.#ended) {
      if (connection.connected) {
        generation += 1;
        attempt += 1;
        const outcome = await this.#establish(generation, attempt).catch(() => UNKNOWN);
        if (outcome.result === 'stored' && !this.#ended) {
          this.#opening = false;
          news.announce(streams.names, { generation });
          this.#deleteBefore(generation);
          return;
        }
        if (outcome.result !== 'unknown') await streams.delete(generation).catch(() => undefined);
      }
      await delay(CREATE_RETRY_MS);
    }
  }

  /** Creates a generation and gives it the state. Another server may say for a moment that nobody keeps what was just created. */
  async #establish(generation: number, attempt: number): Promise<AckOutcome> {
    await this.#setting.streams.create(generation, this.#setting.maxAgeMs, attempt);
    this.#use(generation);
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await new Promise<AckOutcome>((resolve) => this.#publishState(resolve));
      if (outcome.result !== 'noStream' || attempt === STATE_ATTEMPTS) return outcome;
      await delay(STATE_RETRY_MS);
    }
  }

  #use(generation: number): void {
    const { names } = this.#setting.streams;
    this.#generation = generation;
    this.#deltaSubject = names.subject(generation, 'delta');
    this.#keySubject = names.subject(generation, 'key');
    this.#stateSubject = names.subject(generation, 'state');
    this.#acks.restart();
    this.#window = this.#newWindow();
  }

  #newWindow(): StreamWindow {
    const { streams, window, maxAgeMs } = this.#setting;
    return new StreamWindow(streams, this.#generation, window, maxAgeMs);
  }

  /** Best effort: control removes the epoch with all its generations in the end. */
  #deleteBefore(generation: number): void {
    const { streams } = this.#setting;
    const remove = async (): Promise<void> => {
      for (const old of await streams.generations()) if (old < generation) await streams.delete(old);
    };
    setTimeout(() => void remove().catch(() => undefined), OLD_GENERATION_KEPT_MS).unref();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
