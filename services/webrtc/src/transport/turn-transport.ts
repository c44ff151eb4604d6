import { openTcpConnection, openUdpSocket } from '@mediamesh/net';
import type { Log, TcpConnection, TimerWheel } from '@mediamesh/net';
import { TurnStream } from '@mediamesh/webrtc';
import type { ChannelBatch, IceServerAddress } from '@mediamesh/webrtc';
import { resolveHost } from './resolve-host.ts';

/** The largest instant start (32 MiB), and what comes meanwhile. */
const MAX_QUEUED_BYTES = 48 * 1024 * 1024;

/** The way to a TURN server. Callbacks are to be set in the turn in which it was given. */
export interface TurnTransport {
  readonly isReliable: boolean;
  readonly queuedBytes: number;
  onMessage: (message: Uint8Array) => void;
  onClose: () => void;
  send(message: Uint8Array): void;
  /** Returns how many were taken. */
  sendBatch(batch: ChannelBatch): number;
  close(): void;
}

export interface TurnTransportOptions {
  readonly timers: TimerWheel;
  readonly timeoutMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Errors: ListenError, ConnectionError, and Error when the name has no address. */
export function openTurnTransport(server: IceServerAddress, options: TurnTransportOptions): Promise<TurnTransport> {
  return server.transport === 'udp' ? openUdp(server, options) : openTcp(server, options);
}

async function openUdp(server: IceServerAddress, { log, signal }: TurnTransportOptions): Promise<TurnTransport> {
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const target = await Promise.race([resolveHost(server, () => true), aborted]); // names can take longer than the deadline
  if (target === undefined) throw new Error(`its name '${server.host}' has no address`);
  const socket = await openUdpSocket({ address: target.address.includes(':') ? '[::]:0' : '0.0.0.0:0', log });
  const destination = socket.destination(target.address, target.port);
  const transport: TurnTransport = {
    isReliable: false,
    queuedBytes: 0,
    onMessage: () => {},
    onClose: () => {},
    send: (message) => socket.send(message, destination),
    sendBatch: ({ bytes, offsets, sizes }) => socket.sendBatch(bytes, offsets, sizes, sizes.length, destination),
    close: () => void socket.close(),
  };
  socket.onMessage = (bytes, { key }) => {
    if (key === destination.key) transport.onMessage(bytes);
  };
  return transport;
}

async function openTcp({ host, port, transport: kind }: IceServerAddress, options: TurnTransportOptions): Promise<TurnTransport> {
  const { timers, timeoutMs, signal } = options;
  const tls = kind === 'tls' ? { tls: {} } : {};
  const connection = await openTcpConnection({ host, port, timers, timeoutMs, signal, maxQueuedBytes: MAX_QUEUED_BYTES, ...tls });
  return new TurnConnection(connection);
}

class TurnConnection implements TurnTransport {
  readonly isReliable = true;
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: () => void = () => {};
  private readonly connection: TcpConnection;
  private readonly stream = new TurnStream();

  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.onData = (chunk) => {
      for (const message of this.stream.push(chunk)) this.onMessage(message);
    };
    connection.onClose = () => this.onClose();
  }

  get queuedBytes(): number {
    return this.connection.queuedBytes;
  }

  send(message: Uint8Array): void {
    this.connection.write(message);
  }

  sendBatch({ bytes, sizes }: ChannelBatch): number {
    return this.connection.write(bytes) ? sizes.length : 0;
  }

  /** What was said last still goes. */
  close(): void {
    this.connection.end();
  }
}
