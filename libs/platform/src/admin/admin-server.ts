import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from '../environment.ts';
import type { Logger } from '../log/logger.ts';
import type { Readiness } from './readiness.ts';
import type { ServiceMetrics } from './service-metrics.ts';

export interface AdminServerOptions {
  readonly address: ListenAddress;
  readonly readiness: Readiness;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
}

/** Probes and scrapers send small headers, quickly, over few connections; whoever does not is cut off. */
export const MAX_ADMIN_HEADER_BYTES = 8 * 1024;
export const MAX_ADMIN_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 15_000;
const MAX_REQUESTS_PER_SOCKET = 1000;

/**
 * Liveness (`/livez`), readiness (`/readyz`) and service metrics (`/metrics`) of a process, for whoever runs it.
 * Apart from the public servers, so that it can stay on loopback or on a cluster's inner network.
 */
export class AdminServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws Error of node:net when the address cannot be listened on. */
  static async open(options: AdminServerOptions): Promise<AdminServer> {
    const { createServer } = await import('node:http');
    const limits = {
      maxHeaderSize: MAX_ADMIN_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
    };
    const server = createServer(limits, (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.logger.error('admin request failed', error);
        if (response.headersSent) response.destroy();
        else send(response, 500, 'text/plain', 'failed: the log says why\n');
      });
    });
    server.maxConnections = MAX_ADMIN_CONNECTIONS;
    server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.address.port, ...(options.address.host === undefined ? {} : { host: options.address.host }) }, resolve);
    });
    server.removeAllListeners('error').on('error', (error) => options.logger.error(`admin server: ${error.message}`));
    return new AdminServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, { readiness, metrics }: AdminServerOptions): Promise<void> {
  // Bodies are not read: what follows one on the connection would be taken for a request.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
    response.setHeader('Connection', 'close');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, 'text/plain', 'only GET and HEAD\n');
    return;
  }
  switch (request.url?.split('?', 1)[0]) {
    case '/livez':
      send(response, 200, 'text/plain', 'ok\n');
      return;
    case '/readyz': {
      const report = readiness.report();
      send(response, report.ready ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`);
      return;
    }
    case '/metrics': {
      const { contentType, body } = await metrics.text();
      send(response, 200, contentType, body);
      return;
    }
    default:
      send(response, 404, 'text/plain', 'there are /livez, /readyz and /metrics\n');
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' });
  response.end(body);
}
