import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { TrustedNetworks, listen } from '@mediamesh/net';
import type { CertificateFiles, DumpTarget } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { sendEmpty, sendJson, sendText } from './answer.ts';
import { clientIpOf } from './client-ip.ts';
import { clientName, parseTarget } from './http-request.ts';
import type { HttpRequest } from './http-request.ts';
import type { AllowedOrigins } from './origins.ts';
import { createPlainCore, createSecureCore } from './server-core.ts';
import type { ServerCore } from './server-core.ts';

/** Tokens of identity providers take a few KiB. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** Scripts and dashboards keep a few each. */
export const MAX_CONNECTIONS = 4096;
const KEEP_ALIVE_MS = 30_000;
const TIMEOUT_CHECK_MS = 1_000;
const CLOSE_GRACE_MS = 2_000;
const SERVER_NAME = 'mediamtx';
const NO_BODY = new Uint8Array(0);

export interface HttpServerOptions {
  readonly address: string;
  /** The configuration's key that holds the address. */
  readonly addressKey: string;
  readonly certificate: CertificateFiles | undefined;
  readonly allowOrigins: AllowedOrigins;
  /** Answers to preflight requests: Access-Control-Allow-Methods and -Headers. */
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly trustedProxies: readonly string[];
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly logger: Logger;
  /** Everything that passes a connection is written to a file of its own. */
  readonly dump?: DumpTarget | undefined;
  handle(request: HttpRequest, response: ServerResponse): unknown;
}

/** An HTTP listener with the rules that all of them share. Source: contract 1.12. */
export class HttpServer {
  private core!: ServerCore;
  private readonly options: HttpServerOptions;
  private readonly trusted: TrustedNetworks;

  private constructor(options: HttpServerOptions) {
    this.options = options;
    this.trusted = new TrustedNetworks(options.trustedProxies);
  }

  /** Errors: ListenError. */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const { certificate, readTimeoutMs, logger, address, dump } = options;
    const opened = new HttpServer(options);
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: readTimeoutMs,
      requestTimeout: readTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    };
    const receive = (request: IncomingMessage, response: ServerResponse): void => opened.receive(request, response);
    opened.core =
      certificate === undefined ? createPlainCore(limits, receive, dump) : await createSecureCore(limits, receive, certificate, dump);
    const { server } = opened.core;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('clientError', refuse);
    await listen(server, address, options.addressKey);
    server.on('error', (error) => logger.error(`listener ${address}: ${error.message}`));
    return opened;
  }

  /** `http://127.0.0.1:9997`; a unix socket's path. */
  get url(): string {
    const address: AddressInfo | string | null = this.core.server.address();
    if (typeof address === 'string' || address === null) return address ?? '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${this.options.certificate === undefined ? 'http' : 'https'}://${host}:${address.port}`;
  }

  /** No new connections; requests have a moment to end. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.core.server.close(() => resolve()));
    this.core.closeIdle();
    const timer = setTimeout(() => this.core.closeAll(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  private receive(incoming: IncomingMessage, response: ServerResponse): void {
    const { options } = this;
    response.setHeader('Server', SERVER_NAME);
    const origin = options.allowOrigins.allow(incoming.headers.origin);
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
    this.guardBody(incoming, response);
    const target = parseTarget(incoming.url ?? '');
    if (target === undefined) return sendText(response, 400, 'invalid path');
    if (isPreflight(incoming)) return this.answerPreflight(response);
    const forwardedFor = incoming.headers['x-forwarded-for'];
    const clientIp = clientIpOf(incoming.socket.remoteAddress, typeof forwardedFor === 'string' ? forwardedFor : undefined, this.trusted);
    void this.handle(Object.assign(incoming, target, { params: {}, clientIp, user: '', body: NO_BODY }), response);
  }

  private async handle(request: HttpRequest, response: ServerResponse): Promise<void> {
    const { logger, writeTimeoutMs } = this.options;
    if (logger.isEnabled('debug')) logger.debug(`[conn ${clientName(request)}] [c->s] ${request.method} ${request.url}`);
    try {
      await this.options.handle(request, response);
    } catch (error) {
      logger.error(`${request.method} ${request.path} failed`, error);
      sendJson(response, 500, { status: 'error', error: 'internal server error' });
    }
    if (logger.isEnabled('debug')) logger.debug(`[conn ${clientName(request)}] [s->c] ${response.statusCode}`);
    // A client that takes nothing of its answer for so long is cut off; a slow one is not.
    if (!isTaken(response)) response.setTimeout(writeTimeoutMs, () => abort(request));
  }

  private answerPreflight(response: ServerResponse): void {
    response.setHeader('Access-Control-Allow-Methods', this.options.allowMethods);
    response.setHeader('Access-Control-Allow-Headers', this.options.allowHeaders);
    sendEmpty(response, 204);
  }

  /** Not every handler reads a body: what follows one on the connection would be taken for a request, or never end. */
  private guardBody(request: IncomingMessage, response: ServerResponse): void {
    if (isHttp2(request)) {
      request.headers.host ??= request.authority;
      if (request.stream.endAfterHeaders) return;
      const timer = setTimeout(() => request.complete || abort(request), this.options.readTimeoutMs);
      response.once('close', () => clearTimeout(timer));
    } else if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
      response.setHeader('Connection', 'close');
    }
  }
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Whether the kernel has all of the answer. HTTP/2 does not say. */
function isTaken({ writableEnded, writableLength }: ServerResponse): boolean {
  return writableEnded && writableLength === 0;
}

function isHttp2(request: IncomingMessage): request is IncomingMessage & Http2ServerRequest {
  return request.httpVersionMajor === 2;
}

function abort(request: IncomingMessage): void {
  if (isHttp2(request)) request.stream.destroy();
  else request.socket.destroy();
}

/** What cannot be read as a request. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const status = STATUS_OF_PARSER_ERROR[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nServer: ${SERVER_NAME}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const STATUS_OF_PARSER_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
