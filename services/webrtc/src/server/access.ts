import type { ServerResponse } from 'node:http';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import { credentialsOf, sendJson } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';

/** What control takes; a longer one is cut, no reason to refuse its client. */
const MAX_USER_AGENT_CHARS = 1_024;

/** What a request says about who wants what. */
export function accessOf(request: HttpRequest, path: string, action: 'publish' | 'read', id: string | null): AccessRequest {
  const credentials = credentialsOf(request.headers.authorization);
  return {
    action,
    path,
    query: request.rawQuery,
    protocol: 'webrtc',
    id,
    ip: request.clientIp,
    userAgent: userAgentOf(request),
    credentials,
    canAsk: credentials.user === '' && credentials.pass === '' && credentials.token === '',
    digest: false,
    authorized: false,
  };
}

export function userAgentOf({ headers }: HttpRequest): string {
  return (headers['user-agent'] ?? '').substring(0, MAX_USER_AGENT_CHARS);
}

/** An error with its status, as the client is told. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RequestError';
    this.status = status;
  }
}

/** What a handler has thrown, as MediaMTX answers it. `otherwise` is the status of what is the request's own fault. Contract 6.4.1. */
export function refuse(response: ServerResponse, error: unknown, otherwise: number): void {
  if (error instanceof RequestError) return sendError(response, error.status, error.message);
  if (!(error instanceof ControlError)) throw error;
  if (error.code === 'NOT_AUTHENTICATED') {
    if (error.askCredentials) response.setHeader('WWW-Authenticate', 'Basic realm="mediamtx"');
    return sendError(response, 401, 'authentication error');
  }
  const status = statusOf(error, otherwise);
  if (status === 503) response.setHeader('Retry-After', '1');
  sendError(response, status, error.message);
}

export function sendError(response: ServerResponse, status: number, error: string): void {
  sendJson(response, status, { status: 'error', error });
}

function statusOf({ code }: ControlError, otherwise: number): number {
  switch (code) {
    case 'NO_STREAM':
    case 'NOT_FOUND':
      return 404;
    case 'UNAVAILABLE':
    case 'TIMED_OUT':
    case 'NOT_LEADER':
      return 503;
    case 'INTERNAL':
      return 500;
    default:
      return otherwise;
  }
}
