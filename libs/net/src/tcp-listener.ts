import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { DumpTarget } from './dump/dump-file.ts';
import { DumpedStream, followTls } from './dump/dumped-stream.ts';
import type { CertificateFiles } from './certificate-files.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import { listen } from './listen.ts';
import type { Log } from './log.ts';
import { acceptProxied } from './proxy-accept.ts';
import { DEFAULT_MAX_QUEUED_BYTES, DEFAULT_WRITE_TIMEOUT_MS, DRAIN_THRESHOLD_BYTES, TcpConnection } from './tcp-connection.ts';
import type { TcpConnectionSettings } from './tcp-connection.ts';
import { sharedTcpReceivePool } from './tcp-receive-pool.ts';
import type { TcpReceivePool } from './tcp-receive-pool.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { TrustedNetworks } from './trusted-networks.ts';

/** Far more than one process serves; what is left of the limit of open files is for everything else. */
export const DEFAULT_MAX_CONNECTIONS = 65_536;

/** For the TLS handshake, and for a PROXY header. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

export interface TcpListenerOptions {
  /** In the configuration's syntax: see `parseListenAddress`. */
  readonly address: string;
  /** The configuration's key that holds the address; named in errors. */
  readonly addressKey?: string;
  readonly timers: TimerWheel;
  readonly log: Log;
  /** A connection is open; its callbacks are to be set before this returns. */
  readonly onConnection: (connection: TcpConnection) => void;
  /** Connections are TLS. The listener follows its changes, its owner closes it. */
  readonly certificate?: CertificateFiles;
  /** Peers that may put a PROXY header before what the client sends. */
  readonly trustedProxies?: TrustedNetworks;
  readonly maxConnections?: number;
  readonly handshakeTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  readonly maxQueuedBytes?: number;
  /** Everything that passes a connection is written to a file of its own. */
  readonly dump?: DumpTarget | undefined;
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
  private readonly tlsServer: TlsServer | undefined;
  /** Clients behind proxies, by the text of the peer, while the TLS handshake runs. */
  private readonly sources = new Map<string, Endpoint>();
  private readonly closed: Promise<unknown>;
  private full = false;

  constructor(server: Server, options: TcpListenerOptions) {
    this.server = server;
    this.options = options;
    this.closed = new Promise((resolve) => server.once('close', resolve));
    this.settings = {
      timers: options.timers,
      pool: options.pool ?? sharedTcpReceivePool(),
      writeTimeoutMs: options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
      maxQueuedBytes: options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES,
    };
    this.tlsServer = options.certificate === undefined ? undefined : this.createTls(options.certificate);
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
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await this.closed;
  }

  private accept(socket: Socket): void {
    const { maxConnections = DEFAULT_MAX_CONNECTIONS, address, log } = this.options;
    socket.on('error', (error) => log('debug', `listener ${address}: ${error.message}`));
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
    const { trustedProxies, timers, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = this.options;
    if (socket.remoteAddress === undefined && this.local.text !== '') return void socket.destroy(); // gone before it was accepted
    if (trustedProxies === undefined || !trustedProxies.has(socket.remoteAddress ?? '')) return this.establish(socket, undefined);
    acceptProxied(socket, { timers, timeoutMs: handshakeTimeoutMs, onDone: (source) => this.establish(socket, source) });
  }

  private establish(socket: Socket, source: Endpoint | undefined): void {
    const { tlsServer } = this;
    const { dump } = this.options;
    const stream = dump === undefined ? socket : new DumpedStream(socket, dump, { side: 'server', tls: tlsServer !== undefined });
    if (tlsServer === undefined) {
      this.options.onConnection(new TcpConnection(stream, this.settings, source));
      return;
    }
    if (source !== undefined) {
      const peer = endpointOf(socket.remoteAddress, socket.remotePort).text;
      this.sources.set(peer, source);
      socket.once('close', () => this.sources.delete(peer));
    }
    tlsServer.emit('connection', stream);
  }

  private createTls(certificate: CertificateFiles): TlsServer {
    const { address, log, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = this.options;
    const server = createTlsServer({ ...certificate.current, minVersion: 'TLSv1.2', handshakeTimeout: handshakeTimeoutMs });
    const unsubscribe = certificate.subscribe((next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }));
    void this.closed.then(unsubscribe);
    if (this.options.dump !== undefined) followTls(server);
    server.on('secureConnection', (socket: TLSSocket) => {
      const peer = endpointOf(socket.remoteAddress, socket.remotePort);
      if (socket.destroyed) return;
      this.options.onConnection(new TcpConnection(socket, this.settings, this.sources.get(peer.text) ?? peer));
    });
    server.on('tlsClientError', (error, socket) => {
      log('debug', `listener ${address}: TLS handshake: ${error.message}`);
      socket.destroy(); // Node leaves it open after a timeout
    });
    return server;
  }
}

export async function openTcpListener(options: TcpListenerOptions): Promise<TcpListener> {
  const server = createServer({ highWaterMark: DRAIN_THRESHOLD_BYTES });
  await listen(server, options.address, options.addressKey);
  return new TcpListener(server, options);
}
