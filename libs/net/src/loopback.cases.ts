import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, vi } from 'vitest';
import type { LogLevel } from './log.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { TcpListener, TcpListenerOptions } from './tcp-listener.ts';
import { openTcpListener } from './tcp-listener.ts';
import { TcpReceivePool } from './tcp-receive-pool.ts';
import { TimerWheel } from './timer-wheel.ts';

/** What the tests of sockets share: set-ups on the loopback interface that close by themselves. */
const cleanups: (() => unknown)[] = [];

export function cleanUp(action: () => unknown): void {
  cleanups.push(action);
}

afterEach(async () => {
  for (const action of cleanups.splice(0).toReversed()) await action();
});

/** Waits for `assertion` to pass, 10 s at most. */
export function eventually(assertion: () => unknown): Promise<unknown> {
  return vi.waitFor(assertion, { timeout: 10_000, interval: 5 });
}

/** A clock that tests move. */
export class ManualClock {
  nowMs = 0;
  readonly timers = new TimerWheel(() => this.nowMs);

  advance(ms: number): void {
    this.nowMs += ms;
    this.timers.advance();
  }
}

export class LogLines {
  readonly lines: string[] = [];
  readonly log = (level: LogLevel, message: string): void => {
    this.lines.push(`${level} ${message}`);
  };
}

/** Pools that poll from the first connection on, and that never do. */
export const TCP_MODES = [
  { name: 'events', pool: () => new TcpReceivePool({ calls: undefined }) },
  { name: 'polled', pool: () => new TcpReceivePool({ pollAboveConnections: 0, pollUntilConnections: 1 }) },
] as const;

export interface Received {
  readonly connection: TcpConnection;
  readonly chunks: Uint8Array[];
  closed: boolean;
  error: Error | undefined;
}

/** A listener on a free port of the loopback interface that keeps what its connections receive. */
export class Loopback {
  readonly clock = new ManualClock();
  readonly logLines = new LogLines();
  readonly received: Received[] = [];
  listener!: TcpListener;

  async open(options: Partial<TcpListenerOptions> = {}): Promise<this> {
    this.listener = await openTcpListener({
      address: '127.0.0.1:0',
      timers: this.clock.timers,
      log: this.logLines.log,
      onConnection: (connection) => this.accept(connection),
      ...options,
    });
    cleanUp(() => this.listener.close());
    return this;
  }

  private accept(connection: TcpConnection): void {
    const received: Received = { connection, chunks: [], closed: false, error: undefined };
    this.received.push(received);
    connection.setBulk(true);
    connection.onData = (bytes) => received.chunks.push(bytes);
    connection.onClose = (error) => {
      received.closed = true;
      received.error = error;
    };
  }

  /** A client of Node's own, connected. */
  async connect(): Promise<Socket> {
    const socket = connect({ port: this.listener.local.port, host: '127.0.0.1', noDelay: true });
    cleanUp(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** A client, and its connection at the listener. */
  async pair(): Promise<{ client: Socket; server: Received }> {
    const before = this.received.length;
    const client = await this.connect();
    await eventually(() => {
      if (this.received.length <= before) throw new Error('no connection yet');
    });
    return { client, server: this.received[before]! };
  }
}

/** Of a server that listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

/** Reproducible bytes. */
export function pseudoRandomBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
