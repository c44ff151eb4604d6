import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bytesFromUtf8, concatBytes, copyBytes, utf8FromBytes } from '@mediamesh/bytes';
import { RtspFramer, encodeBase64Message, serializeInterleavedFrame } from '@mediamesh/rtsp';
import type { RtspResponse } from '@mediamesh/rtsp';
import { waitFor, within } from '@mediamesh/testkit';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;

/** Where a raw client's bytes go: a socket, or a tunnel. */
export interface RawWire {
  /** What `received` and `ended` are to be called for. */
  start(received: (bytes: Uint8Array) => void, ended: () => void): void;
  write(bytes: Uint8Array): void;
  /** At once, without a word. */
  destroy(): void;
}

export async function openSocket(port: number, secure = false): Promise<Socket> {
  const socket = secure ? connectTls({ host: HOST, port, rejectUnauthorized: false }) : connect({ host: HOST, port });
  await once(socket, secure ? 'secureConnect' : 'connect');
  socket.setNoDelay(true);
  socket.on('error', () => {}); // a reset is an end
  return socket;
}

export class SocketWire implements RawWire {
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  start(received: (bytes: Uint8Array) => void, ended: () => void): void {
    this.socket.on('data', received);
    this.socket.once('close', ended);
    this.socket.once('end', ended);
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Reads on one connection, and says on the other in base64. */
export class HttpTunnelWire implements RawWire {
  private readonly get: Socket;
  private readonly post: Socket;

  constructor(get: Socket, post: Socket) {
    this.get = get;
    this.post = post;
  }

  start(received: (bytes: Uint8Array) => void, ended: () => void): void {
    this.get.on('data', received);
    this.get.once('close', ended);
    this.get.once('end', ended);
  }

  write(bytes: Uint8Array): void {
    this.post.write(encodeBase64Message(bytes));
  }

  destroy(): void {
    this.get.destroy();
    this.post.destroy();
  }
}

/** A client that sends exactly what a test says, right or wrong. */
export class RawRtspClient {
  /** Frames by channel. */
  readonly frames = new Map<number, Uint8Array[]>();
  session: string | undefined;
  isClosed = false;
  private readonly wire: RawWire;
  private readonly responses: RtspResponse[] = [];
  private cseq = 0;

  /** Of a plain connection. */
  localPort = 0;

  static async open(port: number, secure = false): Promise<RawRtspClient> {
    const socket = await openSocket(port, secure);
    const client = new RawRtspClient(new SocketWire(socket));
    client.localPort = socket.localPort!;
    return client;
  }

  constructor(wire: RawWire) {
    this.wire = wire;
    const framer = new RtspFramer({
      request: () => {},
      response: (response) => this.responses.push(response),
      interleaved: (channel, payload) => {
        const frames = this.frames.get(channel) ?? [];
        this.frames.set(channel, frames);
        frames.push(copyBytes(payload));
      },
    });
    wire.start(
      (bytes) => framer.push(bytes),
      () => {
        this.isClosed = true;
      },
    );
  }

  /** `line` is method and URL. The session that the server named is added, unless a header does it. */
  async request(line: string, headers: readonly string[] = [], body = ''): Promise<RtspResponse> {
    const before = this.responses.length;
    this.say(line, headers, body);
    const what = `the answer to ${line}`;
    await waitFor(() => this.responses.length > before || this.isClosed, { deadlineMs: DEADLINE_MS, what });
    const response = this.responses[before];
    if (response === undefined) throw new Error(`${what} did not come: the connection was closed`);
    const named = response.headers.get('Session');
    if (named !== undefined) this.session = named.split(';')[0]!;
    return response;
  }

  /** As `request`, only the status. */
  async status(line: string, headers: readonly string[] = [], body = ''): Promise<number> {
    return (await this.request(line, headers, body)).status;
  }

  say(line: string, headers: readonly string[] = [], body = ''): void {
    const lines = [`${line} RTSP/1.0`, `CSeq: ${++this.cseq}`, ...headers];
    if (this.session !== undefined && !headers.some((header) => header.startsWith('Session:'))) lines.push(`Session: ${this.session}`);
    if (body !== '') lines.push(`Content-Length: ${body.length}`);
    this.write(bytesFromUtf8(`${lines.join('\r\n')}\r\n\r\n${body}`));
  }

  write(bytes: Uint8Array): void {
    this.wire.write(bytes);
  }

  sendFrame(channel: number, payload: Uint8Array): void {
    this.write(serializeInterleavedFrame(channel, payload));
  }

  /** As many frames of a channel. */
  async framesOf(channel: number, count: number): Promise<readonly Uint8Array[]> {
    const what = `${count} frames on channel ${channel}`;
    return waitFor(() => (this.frames.get(channel)?.length ?? 0) >= count && this.frames.get(channel)!, { deadlineMs: DEADLINE_MS, what });
  }

  async closed(): Promise<void> {
    await waitFor(() => this.isClosed, { deadlineMs: DEADLINE_MS, what: 'the end of the connection' });
  }

  close(): void {
    this.wire.destroy();
  }
}

/** What a socket says until it says no more, or `enough` of it is there. */
export async function textOf(socket: Socket, enough: RegExp): Promise<string> {
  let bytes = new Uint8Array();
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Uint8Array) => {
      bytes = concatBytes([bytes, chunk]) as Uint8Array<ArrayBuffer>;
      if (enough.test(utf8FromBytes(bytes))) resolve();
    });
    socket.once('close', resolve);
    socket.once('end', resolve);
  });
  await within(done, { deadlineMs: DEADLINE_MS, what: String(enough) });
  return utf8FromBytes(bytes);
}
