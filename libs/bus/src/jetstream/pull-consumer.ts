import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import type { BusConnection } from './bus-connection.ts';
import { readDelivery } from './delivery.ts';
import type { Delivery } from './delivery.ts';

/** Messages asked for ahead: with what two requests overlap, 32 MiB when all are full chunks, a second of any path otherwise. */
const BATCH = 64;
const REFILL_AT = BATCH / 2;
/** A request that expires is answered even when there is nothing to deliver: silence beyond it is a stall. */
const EXPIRES_MS = 2_000;
const STALL_MS = 3_000;
/**
 * The next request is made well before the last one expires, without waiting for its answer: nats-server 2.9 now and then drops one
 * that expires while media flows without a word, and deliveries stood still.
 */
const RENEW_MS = 1_000;
/** The server forgets a consumer that nobody asks this long. */
const INACTIVE_MS = 30_000;
const NANOS_A_MILLI = 1_000_000;

const REQUEST_TIMEOUT = 408;

export interface PullConsumerEvents {
  /** In the order of the stream, without holes. */
  message(data: Uint8Array, streamSequence: number): void;
  /** Nothing more comes from this consumer: its stream is gone, deliveries were lost, or it stalls. Called once. */
  lost(): void;
}

/** An ordered consumer of one stream, from a sequence on: unfiltered, without acks, kept in the server's memory. Good for one life. */
export class PullConsumer {
  readonly #connection: BusConnection;
  readonly #stream: string;
  readonly #name: string;
  readonly #inbox: string;
  readonly #events: PullConsumerEvents;
  readonly #requestSubject: string;
  readonly #unsubscribe: () => void;
  readonly #delivery: Delivery = { streamSequence: 0, consumerSequence: 0, waiting: 0 };
  #delivered = 0;
  /** Since the last request. */
  #taken = 0;
  #renewedMs = performance.now();
  #heard = true;
  #heardMs: number;
  #done = false;

  private constructor(connection: BusConnection, stream: string, name: string, events: PullConsumerEvents) {
    this.#connection = connection;
    this.#stream = stream;
    this.#name = name;
    this.#events = events;
    this.#heardMs = performance.now();
    this.#requestSubject = `${connection.api.getOptions().apiPrefix ?? '$JS.API'}.CONSUMER.MSG.NEXT.${stream}.${name}`;
    this.#inbox = connection.newInbox();
    this.#unsubscribe = connection.subscribe(this.#inbox, (message) => this.#take(message));
  }

  /** Errors: those of the JetStream API. */
  static async open(connection: BusConnection, stream: string, sequence: number, events: PullConsumerEvents): Promise<PullConsumer> {
    const info = await connection.api.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: sequence,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: INACTIVE_MS * NANOS_A_MILLI,
    });
    const consumer = new PullConsumer(connection, stream, info.name, events);
    consumer.#request(BATCH);
    return consumer;
  }

  get waitingMessages(): number {
    return this.#delivery.waiting;
  }

  tick(nowMs: number): void {
    if (this.#heard) {
      this.#heard = false;
      this.#heardMs = nowMs;
    } else if (nowMs - this.#heardMs > STALL_MS) {
      this.#lose();
      return;
    }
    if (nowMs - this.#renewedMs >= RENEW_MS) {
      this.#renewedMs = nowMs;
      this.#request(BATCH);
    }
  }

  /** Nothing is delivered after this. */
  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#unsubscribe();
    // Best effort: the server forgets it by itself later.
    this.#connection.api.consumers.delete(this.#stream, this.#name).catch(() => undefined);
  }

  #take(message: Msg): void {
    if (this.#done) return;
    this.#heard = true;
    const { headers } = message;
    if (headers !== undefined && headers.code !== 0) {
      if (headers.code !== REQUEST_TIMEOUT) this.#lose();
      return;
    }
    const delivery = this.#delivery;
    if (!readDelivery(message.reply ?? '', delivery) || delivery.consumerSequence !== this.#delivered + 1) {
      this.#lose();
      return;
    }
    this.#delivered += 1;
    this.#taken += 1;
    if (this.#taken >= REFILL_AT) this.#request(this.#taken);
    // The client hands out views of Node's buffers: media is plain bytes everywhere else.
    const { buffer, byteOffset, byteLength } = message.data;
    this.#events.message(new Uint8Array(buffer, byteOffset, byteLength), delivery.streamSequence);
  }

  #request(batch: number): void {
    this.#taken = 0;
    const request = `{"batch":${batch},"expires":${EXPIRES_MS * NANOS_A_MILLI}}`;
    this.#connection.publishFrom(this.#inbox, this.#requestSubject, new TextEncoder().encode(request));
  }

  #lose(): void {
    if (this.#done) return;
    this.close();
    this.#events.lost();
  }
}
