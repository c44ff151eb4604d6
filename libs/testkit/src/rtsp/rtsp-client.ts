import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { EMPTY_BYTES } from '@mediamesh/bytes';
import { RtspFramer, RtspHeaders, serializeInterleavedFrame, serializeRequest } from '@mediamesh/rtsp';
import type { RtspResponse } from '@mediamesh/rtsp';
import { within } from '../wait-for.ts';

export interface RtspClientOptions {
  readonly port: number;
  readonly tls?: boolean;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface InterleavedFrame {
  readonly channel: number;
  readonly payload: Uint8Array;
}

const DEADLINE_MS = 10_000;

/** RTSP over a bare socket: for exact answers, for requests that no proper client sends, and for clients that misbehave. */
export class RtspClient {
  readonly socket: Socket;
  /** Everything that came interleaved, so far. */
  readonly frames: InterleavedFrame[] = [];
  /** Resolves when the server has closed the connection, or broken it. */
  readonly closed: Promise<void>;
  /** Of the last answer that had one; sent along. */
  session: string | undefined;
  private readonly responses: RtspResponse[] = [];
  private readonly waiting: ((response: RtspResponse) => void)[] = [];
  private sequence = 0;
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const framer = new RtspFramer({
      request: () => {},
      response: (response) => this.answered(response),
      interleaved: (channel, payload) => this.frames.push({ channel, payload: Uint8Array.from(payload) }),
    });
    socket.on('data', (chunk: Buffer) => framer.push(chunk));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.ended = true;
        resolve();
      });
      // Half of a connection is no connection: a server that ends it has closed it.
      socket.once('end', () => {
        this.ended = true;
        resolve();
      });
    });
  }

  static async connect({ port, tls = false }: RtspClientOptions): Promise<RtspClient> {
    const target = { host: '127.0.0.1', port };
    const socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
    await once(socket, tls ? 'secureConnect' : 'connect');
    return new RtspClient(socket.setNoDelay());
  }

  get isClosed(): boolean {
    return this.ended;
  }

  /** Sends a request and waits for its answer. Errors: the connection closes instead, or nothing comes. */
  async request(method: string, url: string, options: RequestOptions = {}): Promise<RtspResponse> {
    const session: Record<string, string> = this.session === undefined ? {} : { Session: this.session };
    const headers = new RtspHeaders();
    for (const [name, value] of Object.entries({ CSeq: String(++this.sequence), ...session, ...options.headers })) headers.add(name, value);
    const body = options.body === undefined ? EMPTY_BYTES : Buffer.from(options.body);
    this.send(serializeRequest({ method, url, headers, body }));
    const response = await this.response();
    this.session = response.headers.get('Session')?.split(';', 1)[0] ?? this.session;
    return response;
  }

  /** Bytes as they are. */
  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  sendInterleaved(channel: number, payload: Uint8Array): void {
    this.send(serializeInterleavedFrame(channel, payload));
  }

  /** The next answer, whoever asked. Errors: the connection closes before. */
  response(): Promise<RtspResponse> {
    const here = this.responses.shift();
    if (here !== undefined) return Promise.resolve(here);
    const coming = new Promise<RtspResponse>((resolve) => this.waiting.push(resolve));
    const closed = this.closed.then(() => Promise.reject(new Error('the server closed the connection')));
    return within(Promise.race([coming, closed]), { deadlineMs: DEADLINE_MS, what: 'an RTSP answer' });
  }

  close(): void {
    this.socket.destroy();
  }

  private answered(response: RtspResponse): void {
    const waiting = this.waiting.shift();
    if (waiting === undefined) this.responses.push(response);
    else waiting(response);
  }
}
