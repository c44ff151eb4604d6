import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Amf0Value } from '@mediamesh/flv';
import { NodeCrypto } from '@mediamesh/platform';
import {
  CHUNK_STREAM,
  MESSAGE_TYPE,
  OUTGOING_CHUNK_SIZE,
  RtmpClientConnection,
  parseStreamAddress,
  serializeMessage,
} from '@mediamesh/rtmp';
import type { MediaMessage, RtmpClientHandler } from '@mediamesh/rtmp';
import { within } from '../wait-for.ts';

const READ_TIMEOUT_MS = 10_000;
const START_DEADLINE_MS = 15_000;
const TICK_MS = 500;

export interface RtmpClientOptions {
  /** `rtmp://127.0.0.1:<port>/<path>`; `rtmps` accepts any certificate. */
  readonly url: string;
  readonly action: 'play' | 'publish';
  /** What it says that it knows of Enhanced RTMP. */
  readonly fourCcs?: readonly string[];
}

/** A client of our own: what ffmpeg and gstreamer do not say or send. It keeps what it gets. */
export class RtmpClient implements RtmpClientHandler {
  readonly messages: MediaMessage[] = [];
  readonly datas: (readonly Amf0Value[])[] = [];
  /** Resolves with the reason, whoever closes. */
  readonly closed: Promise<string>;
  private readonly socket: Socket;
  private readonly machine: RtmpClientConnection;
  private readonly ticker: NodeJS.Timeout;
  private resolveStarted!: () => void;
  private resolveClosed!: (reason: string) => void;

  /** Errors: with the reason when the server refuses. */
  static async start(options: RtmpClientOptions): Promise<RtmpClient> {
    const { protocol, port } = new URL(options.url.replace(/^rtmp(s?):/, 'http$1:'));
    const address = { host: '127.0.0.1', port: Number(port) };
    const socket = protocol === 'https:' ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
    await once(socket, protocol === 'https:' ? 'secureConnect' : 'connect');
    const client = new RtmpClient(socket, options);
    const started = new Promise<void>((resolve) => (client.resolveStarted = resolve));
    client.machine.start();
    const refused = client.closed.then((reason) => Promise.reject(new Error(reason)));
    try {
      await within(Promise.race([started, refused]), { deadlineMs: START_DEADLINE_MS, what: `${options.action} of ${options.url}` });
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  private constructor(socket: Socket, { url, action, fourCcs = [] }: RtmpClientOptions) {
    this.socket = socket;
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
    const options = { crypto: new NodeCrypto(), address: parseStreamAddress(url), action, fourCcs, readTimeoutMs: READ_TIMEOUT_MS };
    this.machine = new RtmpClientConnection(options, this, performance.now());
    this.ticker = setInterval(() => this.machine.tick(performance.now()), TICK_MS);
    socket.on('data', (bytes) => this.machine.receive(bytes, performance.now()));
    socket.on('error', () => {}); // it closes then
    socket.on('close', () => {
      clearInterval(this.ticker);
      this.machine.end('EOF');
      this.resolveClosed('EOF');
    });
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** A video or audio message of a publisher. */
  sendMedia({ kind, timestampMs, body }: MediaMessage): void {
    const header = {
      typeId: MESSAGE_TYPE[kind],
      streamId: this.machine.streamId,
      timestampMs,
      chunkStreamId: CHUNK_STREAM[kind],
    };
    this.socket.write(serializeMessage(header, body, OUTGOING_CHUNK_SIZE));
  }

  /** Takes nothing from the server until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  started(): void {
    this.resolveStarted();
  }

  media(message: MediaMessage): void {
    this.messages.push(message);
  }

  data(values: readonly Amf0Value[]): void {
    this.datas.push(values);
  }

  reconnect(): void {
    this.resolveClosed('the server wants credentials');
  }

  /** Also for the state machine. */
  close(reason = 'closed'): void {
    this.resolveClosed(reason);
    this.socket.destroy();
  }
}
