import { randomBytes } from 'node:crypto';
import { ControlError } from '@mediamesh/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../log/logger.ts';
import { firstReply, PendingReplies } from './pending-replies.ts';
import { assertWireSize } from './wire.ts';
import type { ControlWire, WireGatherOptions, WireHandler, WireRequestOptions, WireStatus, WireSubscription } from './wire.ts';

const NO_RESPONDERS = 503;
/** A broker that does not take the last messages must not hold up the end of the process. */
const MAX_CLOSE_FLUSH_MS = 1000;

/**
 * The wire over core NATS, on a connection of its own.
 * Reconnects for ever; meanwhile requests are rejected and events dropped, since nothing here is worth having late.
 */
export class NatsWire implements ControlWire {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #inbox: string;
  readonly #pending = new PendingReplies();
  readonly #listeners = new Set<(status: WireStatus) => void>();
  #status: WireStatus = 'connected';

  /** Of an open connection, see `connectNats`; `close` closes it. */
  constructor(connection: NatsConnection, prefix: string, logger: Logger) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#logger = logger;
    this.#inbox = `${prefix}.inbox.${randomBytes(9).toString('base64url')}`;
    connection.subscribe(`${this.#inbox}.*`, { callback: (error, message) => this.#receiveReply(error, message) });
    void this.#followStatus();
  }

  get connected(): boolean {
    return this.#status === 'connected';
  }

  request(subject: string, bytes: Uint8Array, options: WireRequestOptions): Promise<Uint8Array> {
    return firstReply((onReply) => this.#open(subject, bytes, { ...options, onReply }), subject, options.timeoutMs);
  }

  async requestMany(subject: string, bytes: Uint8Array, options: WireGatherOptions): Promise<void> {
    await this.#open(subject, bytes, options);
  }

  publish(subject: string, bytes: Uint8Array): boolean {
    if (!this.connected) return false;
    this.#send(`${this.#prefix}.${subject}`, bytes);
    return true;
  }

  subscribe(subject: string, queue: string | undefined, handler: WireHandler): WireSubscription {
    const subscription = this.#connection.subscribe(`${this.#prefix}.${subject}`, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error !== null) this.#logger.error(`NATS ended the subscription of '${subject}': ${error.message}`);
        else handler(message.data, (reply) => this.#reply(message, reply));
      },
    });
    return { unsubscribe: () => void subscription.drain().catch(() => undefined) };
  }

  async flush(): Promise<void> {
    // Without a connection nothing is pending: subscriptions are made again with the next one.
    if (this.connected) await this.#connection.flush().catch(() => undefined);
  }

  onStatus(listener: (status: WireStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#connection.isClosed()) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAX_CLOSE_FLUSH_MS)));
    await Promise.race([this.flush(), patience]);
    clearTimeout(timer);
    this.#setStatus('closed', 'the connection to NATS was closed');
    await this.#connection.close();
  }

  #open(subject: string, bytes: Uint8Array, options: WireGatherOptions): Promise<'answered' | 'timedOut'> {
    return this.#pending.open(subject, options, (token) => {
      if (!this.connected) {
        throw new ControlError(
          'UNAVAILABLE',
          `not connected to NATS, so '${subject}' was not sent: check nats-server and MEDIAMESH_NATS_URL`,
        );
      }
      this.#send(`${this.#prefix}.${subject}`, bytes, `${this.#inbox}.${token}`);
    });
  }

  #send(subject: string, bytes: Uint8Array, reply?: string): void {
    assertWireSize(subject, bytes);
    const limit = this.#connection.info?.max_payload ?? Infinity;
    if (bytes.length > limit) {
      throw new ControlError(
        'INVALID_MESSAGE',
        `'${subject}' has ${bytes.length} bytes, and nats-server's max_payload is ${limit}: raise it to 1 MiB`,
      );
    }
    this.#connection.publish(subject, bytes, reply === undefined ? {} : { reply });
  }

  #reply(message: Msg, bytes: Uint8Array): boolean {
    if (!this.connected) return false;
    if (message.reply !== undefined && message.reply !== '') this.#send(message.reply, bytes);
    return true;
  }

  #receiveReply(error: Error | null, message: Msg): void {
    if (error !== null) {
      this.#logger.error(`NATS ended the subscription of replies: ${error.message}`);
      return;
    }
    const token = Number(message.subject.slice(this.#inbox.length + 1));
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) this.#pending.noResponder(token);
    else this.#pending.reply(token, message.data);
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.#connection.status()) {
      switch (status.type) {
        case 'disconnect':
          if (this.connected) this.#logger.warn(`lost the connection to NATS ${status.server}`);
          this.#setStatus('disconnected', 'the connection to NATS was lost (the request may have been carried out)');
          break;
        case 'reconnect':
          this.#logger.info(`connected to NATS ${status.server} again`);
          this.#setStatus('connected', '');
          break;
        case 'close':
          if (this.#status !== 'closed') this.#logger.error('the connection to NATS ended for good');
          this.#setStatus('closed', 'the connection to NATS ended');
          break;
        case 'error':
          this.#logger.error(`NATS: ${status.error.message}`);
          break;
        default:
          break;
      }
    }
  }

  #setStatus(status: WireStatus, reason: string): void {
    if (status === this.#status || this.#status === 'closed') return;
    this.#status = status;
    if (status !== 'connected') this.#pending.rejectAll(reason);
    for (const listener of this.#listeners) listener(status);
  }
}
