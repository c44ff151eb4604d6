import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CertificateFiles, TrustedNetworks } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { sendEmpty, sendJson, sendText } from './answer.ts';
import { clientIpOf } from './client-ip.ts';
import { clientName, parseTarget } from './http-request.ts';
import type { HttpRequest } from './http-request.ts';
import { listen } from './listen.ts';
import { AllowedOrigins } from './origins.ts';

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
  handle(request: HttpRequest, response: ServerResponse): unknown;
}

/** An HTTP listener with the rules that all of them share. Source: contract 1.12. */
export class HttpServer {
  readonly server: Server;
  private readonly options: HttpServerOptions;
  private readonly trusted: TrustedNetworks;
  private readonly unsubscribe: () => void;

  private constructor(server: Server, options: HttpServerOptions) {
    this.server = server;
    this.options = options;
    this.trusted = new TrustedNetworks(options.trustedProxies);
    server.maxConnections = MAX_CONNECTIONS;
    server.on('request', (request, response) => this.receive(request, response));
    server.on('clientError', refuse);
    server.on('error', (error) => options.logger.error(`listener ${options.address}: ${error.message}`));
    this.unsubscribe = options.certificate?.subscribe((next) => 'setSecureContext' in server && setCertificate(server, next)) ?? (() => {});
  }

  /** Errors: ListenError. */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const limits: ServerOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.readTimeoutMs,
      requestTimeout: options.readTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    };
    const server = options.certificate === undefined ? createServer(limits) : await createSecureServer(limits, options.certificate);
    const opened = new HttpServer(server, options);
    try {
      await listen(server, options.address, options.addressKey);
    } catch (error) {
      opened.unsubscribe();
      throw error;
    }
    return opened;
  }

  /** `http://127.0.0.1:9997`; a unix socket's path. */
  get url(): string {
    const address = this.server.address();
    if (typeof address === 'string' || address === null) return address ?? '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${this.options.certificate === undefined ? 'http' : 'https'}://${host}:${address.port}`;
  }

  /** No new connections; requests have a moment to end. */
  async close(): Promise<void> {
    this.unsubscribe();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  private receive(incoming: IncomingMessage, response: ServerResponse): void {
    const { options } = this;
    response.setHeader('Server', SERVER_NAME);
    const origin = options.allowOrigins.allow(incoming.headers.origin);
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
    const target = parseTarget(incoming.url ?? '');
    if (target === undefined) return sendText(response, 400, 'invalid path');
    const peer = incoming.socket.remoteAddress;
    const forwardedFor = incoming.headers['x-forwarded-for'];
    const clientIp = clientIpOf(peer, typeof forwardedFor === 'string' ? forwardedFor : undefined, this.trusted);
    const request: HttpRequest = Object.assign(incoming, target, { params: {}, clientIp, body: NO_BODY });
    this.watch(request, response);
    if (isPreflight(request)) return this.answerPreflight(response);
    void this.handle(request, response);
  }

  private async handle(request: HttpRequest, response: ServerResponse): Promise<void> {
    try {
      await this.options.handle(request, response);
    } catch (error) {
      this.options.logger.error(`${request.method} ${request.path} failed`, error);
      sendJson(response, 500, { status: 'error', error: 'internal server error' });
    }
  }

  private answerPreflight(response: ServerResponse): void {
    response.setHeader('Access-Control-Allow-Methods', this.options.allowMethods);
    response.setHeader('Access-Control-Allow-Headers', this.options.allowHeaders);
    sendEmpty(response, 204);
  }

  /** A client that does not take the answer is cut off; what of a body was not read cannot be skipped cheaply. */
  private watch(request: HttpRequest, response: ServerResponse): void {
    const { logger, writeTimeoutMs } = this.options;
    if (logger.isEnabled('debug')) logger.debug(`[conn ${clientName(request)}] [c->s] ${request.method} ${request.url}`);
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
      response.setHeader('Connection', 'close');
    }
    let timer: NodeJS.Timeout | undefined;
    response.once('prefinish', () => {
      timer = setTimeout(() => request.socket.destroy(), writeTimeoutMs);
      if (logger.isEnabled('debug')) logger.debug(`[conn ${clientName(request)}] [s->c] ${response.statusCode}`);
    });
    response.once('close', () => clearTimeout(timer));
  }
}

async function createSecureServer(limits: ServerOptions, certificate: CertificateFiles): Promise<Server> {
  const { createServer: createTlsServer } = await import('node:https');
  return createTlsServer({ ...limits, ...certificate.current, minVersion: 'TLSv1.2' });
}

function setCertificate(server: Server, next: { readonly cert: Buffer; readonly key: Buffer }): void {
  (server as Server & { setSecureContext(options: object): void }).setSecureContext({ ...next, minVersion: 'TLSv1.2' });
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
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
