import type { CryptoPort } from '@mediamesh/bytes';
import { ConnectionError, openTcpConnection } from '@mediamesh/net';
import type { DumpTarget, TcpConnection, TimerWheel } from '@mediamesh/net';
import { HttpTunnelAnswer, WebSocketClientHandshake, WebSocketStream, encodeBase64Message, httpTunnelRequests } from '@mediamesh/rtsp';
import type { ServerAddress } from './server-address.ts';

/** What a server may take to close its side of a connection that we have closed. */
const LINGER_MS = 500;

export interface ChannelOptions {
  readonly address: ServerAddress;
  readonly fingerprint: string;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  /** For connecting, and for a tunnel's handshake. */
  readonly timeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly maxQueuedBytes: number;
  readonly dump?: DumpTarget | undefined;
  readonly signal: AbortSignal;
}

/** Where the bytes of RTSP go to and come from: a connection, or a tunnel. Nothing is received before `start`. */
export interface ControlChannel {
  /** The connection that receives. */
  readonly tcp: TcpConnection;
  /** `onClose` is called once, unless `close` was called before. */
  start(onData: (bytes: Uint8Array) => void, onClose: (error?: Error) => void): void;
  write(bytes: Uint8Array): void;
  /** Sends what is queued, and resolves when the connection is closed; one that the server keeps open is broken off. */
  close(): Promise<void>;
}

/** Errors: ConnectionError, FingerprintError; ParseError when a tunnel is refused. Nothing is left open then. */
export async function openControlChannel(options: ChannelOptions): Promise<ControlChannel> {
  switch (options.address.tunnel) {
    case 'none': {
      const tcp = await connect(options);
      tcp.pause();
      return new DirectChannel(tcp);
    }
    case 'http':
      return openHttpTunnel(options);
    case 'websocket':
      return openWebSocket(options);
  }
}

async function openHttpTunnel(options: ChannelOptions): Promise<ControlChannel> {
  const { address, crypto } = options;
  const requests = httpTunnelRequests(address.host, address.target, crypto);
  const get = await connect(options);
  const answer = new HttpTunnelAnswer();
  const rest = await shakeHands(get, requests.get, (bytes) => answer.push(bytes), options);
  try {
    const post = await connect(options);
    post.write(requests.post);
    return new HttpTunnelChannel(get, post, rest);
  } catch (error) {
    get.destroy();
    throw error;
  }
}

async function openWebSocket(options: ChannelOptions): Promise<ControlChannel> {
  const { address, crypto } = options;
  const tcp = await connect(options);
  const handshake = new WebSocketClientHandshake(address.host, crypto);
  const rest = await shakeHands(tcp, handshake.request, (bytes) => handshake.push(bytes), options);
  return new WebSocketChannel(tcp, rest, crypto);
}

function connect({ address: { hostname: host, port, tls }, fingerprint, ...options }: ChannelOptions): Promise<TcpConnection> {
  return openTcpConnection({ host, port, ...options, ...(tls && { tls: { fingerprint } }) });
}

/** Resolves with what came behind the answer; the connection is paused then. */
function shakeHands(
  tcp: TcpConnection,
  request: Uint8Array,
  push: (bytes: Uint8Array) => Uint8Array | undefined,
  { timers, timeoutMs, signal }: ChannelOptions,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => tcp.destroy(new ConnectionError('ABORTED', 'connecting was abandoned'));
    const timer = timers.schedule(timeoutMs, () => {
      tcp.destroy(new ConnectionError('TUNNEL_TIMEOUT', `the server does not open the tunnel within ${timeoutMs / 1000} s`));
    });
    const settle = (): void => {
      timers.cancel(timer);
      signal.removeEventListener('abort', abandon);
    };
    signal.addEventListener('abort', abandon);
    tcp.onClose = (error) => {
      settle();
      reject(error ?? new ConnectionError('TUNNEL_CLOSED', 'the server closed the connection instead of opening the tunnel'));
    };
    tcp.onData = (bytes) => {
      const rest = push(bytes); // what it throws destroys the connection, and is its `onClose`
      if (rest === undefined) return;
      settle();
      tcp.pause();
      resolve(rest);
    };
    tcp.write(request);
  });
}

/** Ends orderly; a server that does not close its side is not waited for. */
function closeConnection(tcp: TcpConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => tcp.destroy(), LINGER_MS);
    tcp.onData = () => {};
    tcp.onClose = () => {
      clearTimeout(timer);
      resolve();
    };
    tcp.resume();
    tcp.end();
  });
}

class DirectChannel implements ControlChannel {
  readonly tcp: TcpConnection;
  private open = true;

  constructor(tcp: TcpConnection) {
    this.tcp = tcp;
    tcp.onClose = () => {
      this.open = false;
    };
  }

  start(onData: (bytes: Uint8Array) => void, onClose: (error?: Error) => void): void {
    if (!this.open) return onClose(new ConnectionError('ECONNRESET', 'the server closed the connection'));
    this.tcp.onData = onData;
    this.tcp.onClose = (error) => {
      this.open = false;
      onClose(error);
    };
    this.tcp.resume();
  }

  write(bytes: Uint8Array): void {
    this.tcp.write(bytes);
  }

  async close(): Promise<void> {
    if (this.open) await closeConnection(this.tcp);
  }
}

/** GET carries what the server says, POST what we say, in base64. */
class HttpTunnelChannel implements ControlChannel {
  readonly tcp: TcpConnection;
  private readonly post: TcpConnection;
  private readonly rest: Uint8Array;
  private readonly openSides: Set<TcpConnection>;
  private failed: ((error?: Error) => void) | undefined;

  constructor(get: TcpConnection, post: TcpConnection, rest: Uint8Array) {
    this.tcp = get;
    this.post = post;
    this.rest = rest;
    this.openSides = new Set([get, post]);
    for (const side of this.openSides) side.onClose = (error) => this.sideClosed(side, error);
    post.onData = () => {}; // an answer, or none
  }

  start(onData: (bytes: Uint8Array) => void, onClose: (error?: Error) => void): void {
    if (this.openSides.size < 2) return onClose(new ConnectionError('TUNNEL_CLOSED', 'the server closed the tunnel'));
    this.failed = onClose;
    this.tcp.onData = onData;
    if (this.rest.length > 0) onData(this.rest);
    this.tcp.resume();
  }

  write(bytes: Uint8Array): void {
    this.post.write(encodeBase64Message(bytes));
  }

  async close(): Promise<void> {
    this.failed = undefined;
    await Promise.all([...this.openSides].map((side) => closeConnection(side)));
    this.openSides.clear();
  }

  private sideClosed(side: TcpConnection, error?: Error): void {
    this.openSides.delete(side);
    const { failed } = this;
    this.failed = undefined;
    failed?.(error);
  }
}

class WebSocketChannel implements ControlChannel {
  readonly tcp: TcpConnection;
  private readonly rest: Uint8Array;
  private readonly stream: WebSocketStream;
  private received: (bytes: Uint8Array) => void = () => {};
  private failed: ((error?: Error) => void) | undefined;
  private open = true;

  constructor(tcp: TcpConnection, rest: Uint8Array, crypto: CryptoPort) {
    this.tcp = tcp;
    this.rest = rest;
    this.stream = new WebSocketStream('client', crypto, {
      send: (bytes) => tcp.write(bytes),
      data: (bytes) => this.received(bytes),
      closed: () => tcp.end(),
    });
    tcp.onClose = (error) => {
      this.open = false;
      this.failed?.(error);
    };
  }

  start(onData: (bytes: Uint8Array) => void, onClose: (error?: Error) => void): void {
    if (!this.open) return onClose(new ConnectionError('TUNNEL_CLOSED', 'the server closed the tunnel'));
    this.received = onData;
    this.failed = onClose;
    this.tcp.onData = (bytes) => this.stream.receive(bytes);
    if (this.rest.length > 0) this.stream.receive(this.rest);
    this.tcp.resume();
  }

  write(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  async close(): Promise<void> {
    this.failed = undefined;
    if (!this.open) return;
    this.stream.close();
    await closeConnection(this.tcp);
  }
}
