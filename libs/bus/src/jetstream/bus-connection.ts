import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { connect, createInbox, credsAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator } from '@nats-io/transport-node';
import type { Authenticator, Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { BusError } from '../port.ts';
import { OutboundBudget } from './outbound-budget.ts';
import { StreamPlacement } from './stream-placement.ts';
import type { ConnectedServer } from './stream-placement.ts';

export type BusCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Content of a `.creds` file. */
  | { readonly creds: string };

/** PEM files. */
export interface BusTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface BusConnectionOptions {
  readonly servers: readonly string[];
  readonly credentials?: BusCredentials;
  readonly tls?: BusTls;
  /** As the broker's monitoring shows this connection. */
  readonly name?: string;
  /** How much may be on its way to a broker that does not take it; beyond it media is dropped. Default 8 MiB. */
  readonly maxUnflushedBytes?: number;
}

/** 2 s at 32 Mbit/s: what is older is of no use to a live reader. */
const DEFAULT_MAX_UNFLUSHED_BYTES = 8 * 2 ** 20;

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_WAIT_MS = 250;
/** A broker that answers no ping this often, at this interval, is gone. */
const PING_INTERVAL_MS = 2_000;
const MAX_PINGS_OUT = 2;
/** JetStream API requests; a broker that has lost its leader answers later than that, and is asked again. */
const API_TIMEOUT_MS = 2_000;
/** How often what lives on this connection is looked after. */
const TICK_MS = 250;

/** Something on the connection that is told of its changes. Nothing here may throw. */
export interface ConnectionUser {
  reconnected(): void;
  disconnected(): void;
  tick(nowMs: number): void;
}

/** The media plane's own connection to NATS: control has another, so that neither waits behind the other. */
export class BusConnection {
  readonly api: JetStreamManager;
  readonly outbound: OutboundBudget;
  readonly placement = new StreamPlacement();
  readonly #nats: NatsConnection;
  readonly #inbox: string;
  readonly #users = new Set<ConnectionUser>();
  readonly #replies = new Map<number, (request: number, reply: Msg) => void>();
  readonly #ticker: NodeJS.Timeout;
  #nextId = 0;
  #connected = true;

  private constructor(nats: NatsConnection, api: JetStreamManager, maxUnflushedBytes: number) {
    this.#nats = nats;
    this.api = api;
    this.outbound = new OutboundBudget(maxUnflushedBytes, () => nats.flush());
    this.#inbox = createInbox();
    nats.subscribe(`${this.#inbox}.ack.*.*`, { callback: (error, message) => this.#onReply(error, message) });
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#ticker.unref();
    void this.#watch();
  }

  /** Errors: BusError `BUS_UNAVAILABLE` when no server takes the connection. Once connected, it reconnects for ever. */
  static async open(options: BusConnectionOptions): Promise<BusConnection> {
    const nats = await connect(natsOptions(options)).catch((cause: unknown) => {
      const message = `no NATS server of ${options.servers.map(withoutUser).join(', ')} takes a connection: ${String(cause)}`;
      throw new BusError('BUS_UNAVAILABLE', message, { cause });
    });
    const api = await jetstreamManager(nats, { checkAPI: false, timeout: API_TIMEOUT_MS });
    return new BusConnection(nats, api, options.maxUnflushedBytes ?? DEFAULT_MAX_UNFLUSHED_BYTES);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get closed(): boolean {
    return this.#nats.isClosed();
  }

  /** The one that we are connected to, or were last. */
  get server(): ConnectedServer {
    return this.#nats.info ?? {};
  }

  /** Largest message that the broker takes. */
  get maxMessageBytes(): number {
    return this.#nats.info?.max_payload ?? 1024 * 1024;
  }

  newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  publish(subject: string, data: Uint8Array): void {
    this.#nats.publish(subject, data);
  }

  /** Publishes and has the reply delivered to whoever holds `id`, with the number of the request. */
  publishWithReply(subject: string, data: Uint8Array, id: number, request: number): void {
    this.#nats.publish(subject, data, { reply: `${this.#inbox}.ack.${id}.${request}` });
  }

  publishFrom(replySubject: string, subject: string, data: Uint8Array): void {
    this.#nats.publish(subject, data, { reply: replySubject });
  }

  onReplies(id: number, callback: (request: number, reply: Msg) => void): void {
    this.#replies.set(id, callback);
  }

  offReplies(id: number): void {
    this.#replies.delete(id);
  }

  /** Messages on a subject of our own; the function ends it. The callback must not throw: the client would stop reading. */
  subscribe(subject: string, callback: (message: Msg) => void): () => void {
    const subscription = this.#nats.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) callback(message);
      },
    });
    return () => subscription.unsubscribe();
  }

  newInbox(): string {
    return `${this.#inbox}.read.${this.newId()}`;
  }

  addUser(user: ConnectionUser): void {
    this.#users.add(user);
  }

  removeUser(user: ConnectionUser): void {
    this.#users.delete(user);
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    if (this.#connected) {
      const given = new Promise((resolve) => setTimeout(resolve, API_TIMEOUT_MS).unref());
      await Promise.race([this.#nats.flush().catch(() => undefined), given]);
    }
    this.#connected = false;
    await this.#nats.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        for (const user of [...this.#users]) user.disconnected();
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        for (const user of [...this.#users]) user.reconnected();
      }
    }
    this.#connected = false;
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const user of this.#users) user.tick(nowMs);
  }

  #onReply(error: Error | null, message: Msg): void {
    if (error !== null) return;
    const [request, id] = message.subject.split('.').reverse().map(Number);
    if (id !== undefined && request !== undefined) this.#replies.get(id)?.(request, message);
  }
}

function natsOptions(options: BusConnectionOptions): NodeConnectionOptions {
  const authenticator = options.credentials === undefined ? undefined : authenticatorOf(options.credentials);
  return {
    servers: [...options.servers],
    name: options.name ?? 'mediamesh-media',
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    ignoreAuthErrorAbort: true,
    ...(options.tls === undefined ? {} : { tls: { ...options.tls } }),
    ...(authenticator === undefined ? {} : { authenticator }),
  };
}

function authenticatorOf(credentials: BusCredentials): Authenticator {
  if ('user' in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  if ('token' in credentials) return tokenAuthenticator(credentials.token);
  return credsAuthenticator(new TextEncoder().encode(credentials.creds));
}

/** Servers are named in errors and logs; what a URL says before the `@` is a secret. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)?.*@/, '$1');
}
