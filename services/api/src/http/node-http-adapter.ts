import type { Server, ServerResponse } from 'node:http';
import { NOT_FOUND_TEXT, sendEmpty, sendJson, sendText } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { AbstractHttpAdapter } from '@nestjs/core';
import { Router } from './router.ts';

/**
 * Nest on Node's own HTTP server: controllers, guards and filters, without a second framework under them.
 * What no Control API needs (views, static files, versions) throws.
 */
export class NodeHttpAdapter extends AbstractHttpAdapter<Server | undefined, HttpRequest, ServerResponse> {
  private readonly router: Router;

  constructor() {
    const router = new Router();
    super(router);
    this.router = router;
  }

  /** A request that the HTTP server has prepared. */
  handle(request: HttpRequest, response: ServerResponse): unknown {
    const found = this.router.find(request.method ?? '', request.path);
    if (found === undefined) return sendText(response, 404, NOT_FOUND_TEXT);
    request.params = found.params;
    return found.handler(request, response, () => sendText(response, 404, NOT_FOUND_TEXT));
  }

  getType(): string {
    return 'node:http';
  }

  /** The listener is opened, and closed, by who made this. */
  initHttpServer(): void {}
  close(): void {}
  registerParserMiddleware(): void {}
  setErrorHandler(): void {}
  setNotFoundHandler(): void {}

  getRequestHostname(request: HttpRequest): string {
    return request.headers.host ?? '';
  }

  getRequestMethod(request: HttpRequest): string {
    return request.method ?? '';
  }

  getRequestUrl(request: HttpRequest): string {
    return request.url ?? '';
  }

  status(response: ServerResponse, statusCode: number): void {
    response.statusCode = statusCode;
  }

  reply(response: ServerResponse, body: unknown, statusCode?: number): void {
    sendJson(response, statusCode ?? response.statusCode, body);
  }

  end(response: ServerResponse): void {
    sendEmpty(response, response.statusCode);
  }

  isHeadersSent(response: ServerResponse): boolean {
    return response.headersSent;
  }

  getHeader(response: ServerResponse, name: string): unknown {
    return response.getHeader(name);
  }

  setHeader(response: ServerResponse, name: string, value: string): void {
    response.setHeader(name, value);
  }

  appendHeader(response: ServerResponse, name: string, value: string): void {
    response.appendHeader(name, value);
  }

  applyVersionFilter(): never {
    throw unsupported('versions of routes');
  }

  createMiddlewareFactory(): never {
    throw unsupported('middleware');
  }

  enableCors(): never {
    throw unsupported('CORS by Nest');
  }

  redirect(): never {
    throw unsupported('redirects');
  }

  render(): never {
    throw unsupported('views');
  }

  setViewEngine(): never {
    throw unsupported('views');
  }

  useStaticAssets(): never {
    throw unsupported('static files');
  }
}

function unsupported(what: string): Error {
  return new Error(`${what}: NodeHttpAdapter has none`);
}
