import { connect, isIP } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { DumpedStream, followTls } from './dump/dumped-stream.ts';
import type { DumpTarget } from './dump/dump-file.ts';
import { codeOf, connectionError, ConnectionError } from './errors.ts';
import { verifyFingerprint } from './fingerprint.ts';
import { DEFAULT_MAX_QUEUED_BYTES, DEFAULT_WRITE_TIMEOUT_MS, TcpConnection } from './tcp-connection.ts';
import type { ByteStream } from './tcp-connection.ts';
import { sharedTcpReceivePool } from './tcp-receive-pool.ts';
import type { TcpReceivePool } from './tcp-receive-pool.ts';
import type { TimerWheel } from './timer-wheel.ts';

export interface TcpConnectOptions {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly timers: TimerWheel;
  /** For name, connection and TLS handshake together. */
  readonly timeoutMs: number;
  /** Connect with TLS; with a fingerprint (SHA-256 of the certificate, hexadecimal) exactly that certificate is accepted, and no other check made. */
  readonly tls?: { readonly fingerprint?: string };
  readonly writeTimeoutMs?: number;
  readonly maxQueuedBytes?: number;
  /** Everything that passes the connection is written to a file. */
  readonly dump?: DumpTarget | undefined;
  readonly pool?: TcpReceivePool;
  /** Abandons the attempt. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server. The connection's callbacks are to be set in the turn in which this resolves.
 *
 * Errors: rejects with ConnectionError (`ECONNREFUSED`, `CONNECT_TIMEOUT`, `CERTIFICATE_UNTRUSTED`, ...) or FingerprintError.
 */
export function openTcpConnection(options: TcpConnectOptions): Promise<TcpConnection> {
  return new Promise((resolve, reject) => {
    const { host, port, timers, timeoutMs, tls, signal } = options;
    const socket = start(options);
    const timer = timers.schedule(timeoutMs, () => {
      fail(new ConnectionError('CONNECT_TIMEOUT', `cannot connect to ${host}:${port} within ${timeoutMs / 1000} s`));
    });
    const settle = (): void => {
      timers.cancel(timer);
      signal?.removeEventListener('abort', abort);
      socket.off('error', fail);
    };
    const fail = (error: Error): void => {
      settle();
      socket.on('error', () => {}); // destroyed: what it still reports is of no interest
      socket.destroy();
      reject(clientError(error));
    };
    const abort = (): void => fail(new ConnectionError('ABORTED', `connecting to ${host}:${port} was abandoned`));
    socket.on('error', fail);
    signal?.addEventListener('abort', abort);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      const error = socket instanceof TLSSocket && tls?.fingerprint ? verifyFingerprint(socket, tls.fingerprint) : undefined;
      if (error !== undefined) return fail(error);
      settle();
      resolve(connectionOf(socket, options));
    });
    if (signal?.aborted === true) abort();
  });
}

function start({ host, port, tls, dump }: TcpConnectOptions): ByteStream {
  const target = { host, port };
  if (dump === undefined) return tls === undefined ? connect(target) : startTls(target, tls, host);
  const stream = new DumpedStream(connect(target), dump, { side: 'client', tls: tls !== undefined });
  if (tls === undefined) return stream;
  const secure = startTls({ socket: stream }, tls, host);
  followTls(secure);
  return secure;
}

function startTls(over: ConnectionOptions, { fingerprint = '' }: { readonly fingerprint?: string }, host: string): TLSSocket {
  const verify = fingerprint === '';
  return connectTls({ ...over, rejectUnauthorized: verify, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function connectionOf(socket: ByteStream, options: TcpConnectOptions): TcpConnection {
  return new TcpConnection(socket, {
    timers: options.timers,
    pool: options.pool ?? sharedTcpReceivePool(),
    writeTimeoutMs: options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
    maxQueuedBytes: options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES,
  });
}

function clientError(error: Error): Error {
  const code = codeOf(error, '');
  if (code.includes('CERT') || code.includes('SIGNATURE') || code === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY') {
    return new ConnectionError(
      'CERTIFICATE_UNTRUSTED',
      `the server's certificate is not trusted (${error.message}); to accept it anyway, configure its fingerprint`,
      { cause: error },
    );
  }
  return connectionError(error);
}
