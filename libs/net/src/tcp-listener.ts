import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import { codeOf, listenError, ListenError } from './errors.ts';
import type { ListenAddress } from './listen-address.ts';
import { parseListenAddress } from './listen-address.ts';
import type { Log } from './log.ts';
import { DEFAULT_MAX_QUEUED_BYTES, DEFAULT_WRITE_TIMEOUT_MS, DRAIN_THRESHOLD_BYTES, TcpConnection } from './tcp-connection.ts';
import type { TcpConnectionSettings } from './tcp-connection.ts';
import { sharedTcpReceivePool } from './tcp-receive-pool.ts';
import type { TcpReceivePool } from './tcp-receive-pool.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** Far more than one process serves; what is left of the limit of open files is for everything else. */
export const DEFAULT_MAX_CONNECTIONS = 65_536;

export interface TcpListenerOptions {
  /** In the configuration's syntax: see `parseListenAddress`. */
  readonly address: string;
  /** The configuration's key that holds the address; named in errors. */
  readonly addressKey?: string;
  readonly timers: TimerWheel;
  readonly log: Log;
  /** A connection is open; its callbacks are to be set before this returns. */
  readonly onConnection: (connection: TcpConnection) => void;
  readonly maxConnections?: number;
  readonly writeTimeoutMs?: number;
  readonly maxQueuedBytes?: number;
  /** Default: the one of the process. */
  readonly pool?: TcpReceivePool;
}

/**
 * Listens for TCP connections, or on a unix socket.
 *
 * Errors: `openTcpListener` rejects with ListenError.
 */
export class TcpListener {
  /** Connections that were refused because `maxConnections` were open. */
  refusedConnections = 0;
  private readonly server: Server;
  private readonly options: TcpListenerOptions;
  private readonly settings: TcpConnectionSettings;
  private readonly sockets = new Set<Socket>();
  private full = false;

  constructor(server: Server, options: TcpListenerOptions) {
    this.server = server;
    this.options = options;
    this.settings = {
      timers: options.timers,
      pool: options.pool ?? sharedTcpReceivePool(),
      writeTimeoutMs: options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
      maxQueuedBytes: options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES,
    };
    server.on('connection', (socket) => this.accept(socket));
    server.on('error', (error) => options.log('error', `listener ${options.address}: ${error.message}`));
  }

  get local(): Endpoint {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? endpointOf(address.address, address.port) : endpointOf(undefined, undefined);
  }

  get connectionCount(): number {
    return this.sockets.size;
  }

  /** No further connections; those that are open stay. */
  stopAccepting(): void {
    this.server.close();
  }

  /** Stops accepting, and destroys what is open. Resolves when all of it is closed. */
  async close(): Promise<void> {
    const closed = this.server.listening ? new Promise((resolve) => this.server.once('close', resolve)) : undefined;
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    const { maxConnections = DEFAULT_MAX_CONNECTIONS, address, log } = this.options;
    if (this.sockets.size >= maxConnections) {
      this.refusedConnections++;
      if (!this.full) log('warn', `listener ${address}: ${maxConnections} connections are open, further ones are refused`);
      this.full = true;
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.full = false;
    });
    this.options.onConnection(new TcpConnection(socket, this.settings));
  }
}

export async function openTcpListener(options: TcpListenerOptions): Promise<TcpListener> {
  const address = parseListenAddress(options.address, options.addressKey);
  const server = createServer({ highWaterMark: DRAIN_THRESHOLD_BYTES });
  try {
    await listen(server, address);
  } catch (error) {
    throw error instanceof ListenError ? error : listenError(options.address, options.addressKey, error);
  }
  return new TcpListener(server, options);
}

async function listen(server: Server, address: ListenAddress): Promise<void> {
  if (address.kind === 'unix') {
    removeStaleSocket(address.path);
    await listening(server, { path: address.path });
    chmodSync(address.path, 0o755);
    return;
  }
  const { host, port, family } = address;
  try {
    await listening(server, { host, port, ipv6Only: family === 'ipv6' });
  } catch (error) {
    const code = codeOf(error, '');
    if (family !== 'dual' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await listening(server, { host: '0.0.0.0', port }); // a machine without IPv6
  }
}

function listening(server: Server, options: { host?: string; port?: number; path?: string; ipv6Only?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What a process that was killed left behind; anything but a socket is not ours to remove. */
function removeStaleSocket(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new ListenError('EEXIST', `cannot listen on unix://${path}: the file exists and is not a socket`);
  unlinkSync(path);
}
