import { createServer } from 'node:http';
import type { RequestListener, ServerOptions } from 'node:http';
import type { Http2Session, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { dumpConnections, followTls } from '@mediamesh/net';
import type { CertificateFiles, DumpTarget } from '@mediamesh/net';

/** Node's server for one listener: HTTP/1.1, and HTTP/2 over TLS. */
export interface ServerCore {
  readonly server: Server;
  /** Connections without a request; those with one are closed after it. */
  closeIdle(): void;
  closeAll(): void;
}

export interface CoreLimits extends Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'> {
  readonly maxHeaderSize: number;
  readonly keepAliveTimeout: number;
}

/** A page asks for a few lists at once. */
const MAX_CONCURRENT_STREAMS = 100;
const MIN_TLS_VERSION = 'TLSv1.2';

export function createPlainCore(limits: CoreLimits, listener: RequestListener, dump: DumpTarget | undefined): ServerCore {
  const server = createServer({ ...limits }, listener);
  if (dump !== undefined) dumpConnections(server, dump, false);
  return { server, closeIdle: () => server.closeIdleConnections(), closeAll: () => server.closeAllConnections() };
}

export async function createSecureCore(
  limits: CoreLimits,
  listener: RequestListener,
  certificate: CertificateFiles,
  dump: DumpTarget | undefined,
): Promise<ServerCore> {
  const { createSecureServer } = await import('node:http2');
  const options = {
    ...limits,
    ...certificate.current,
    minVersion: MIN_TLS_VERSION,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: limits.maxHeaderSize },
  } as const;
  // Node gives requests of HTTP/2 the interface of those of HTTP/1.
  const server = createSecureServer(options, listener as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void);
  const unsubscribe = certificate.subscribe((next) => server.setSecureContext({ ...next, minVersion: MIN_TLS_VERSION }));
  server.once('close', unsubscribe);
  if (dump !== undefined) {
    dumpConnections(server, dump, true);
    followTls(server);
  }
  const sessions = tracked<Http2Session>();
  const sockets = tracked<Socket>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setTimeout(limits.keepAliveTimeout, () => session.close());
  });
  server.on('secureConnection', (socket) => sockets.add(socket));
  return {
    server,
    closeIdle: () => {
      (server as unknown as { closeIdleConnections(): void }).closeIdleConnections();
      for (const session of sessions.all) session.close();
    },
    closeAll: () => {
      for (const socket of sockets.all) socket.destroy();
    },
  };
}

function tracked<Item extends { once(event: 'close', listener: () => void): unknown }>(): {
  readonly all: ReadonlySet<Item>;
  add(item: Item): void;
} {
  const all = new Set<Item>();
  return {
    all,
    add: (item) => {
      all.add(item);
      item.once('close', () => all.delete(item));
    },
  };
}
