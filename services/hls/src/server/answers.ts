import type { ServerResponse } from 'node:http';
import { ControlError } from '@mediamesh/contracts';
import type { HlsFile } from '@mediamesh/hls';
import { sendJson } from '@mediamesh/http';

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const PRIVATE = 'private, no-cache';
/** When control is away: it is soon back. */
const RETRY_AFTER_S = '2';

/** Who is answered: a CDN may cache, others share nothing. */
export interface Audience {
  readonly isCdn: boolean;
  count(bytes: number): void;
}

/** `text`: of bytes, as `PlaylistText` has it. */
export function sendPlaylist(response: ServerResponse, text: string, cacheControl: string, audience: Audience): void {
  if (response.destroyed) return;
  response.setHeader('Cache-Control', audience.isCdn ? cacheControl : PRIVATE);
  response.setHeader('Content-Type', PLAYLIST_TYPE);
  response.setHeader('Content-Length', text.length);
  response.end(text, 'latin1');
  audience.count(text.length);
}

/** The file's own memory goes to the socket, whoever else it goes to. */
export function sendFile(response: ServerResponse, file: HlsFile, audience: Audience): void {
  if (response.destroyed) return;
  response.setHeader('Cache-Control', audience.isCdn ? 'public, max-age=3600' : PRIVATE);
  response.setHeader('Content-Type', file.contentType);
  response.setHeader('Content-Length', file.sizeBytes);
  response.cork();
  for (const chunk of file.chunks) response.write(chunk);
  response.end();
  audience.count(file.sizeBytes);
}

export function sendRedirect(response: ServerResponse, location: string): void {
  response.statusCode = 302;
  response.setHeader('Location', location);
  response.end();
}

export function sendError(response: ServerResponse, status: number, error: string): void {
  sendJson(response, status, { status: 'error', error });
}

export function sendNotAuthenticated(response: ServerResponse, askCredentials = false): void {
  if (askCredentials && !response.headersSent) response.setHeader('WWW-Authenticate', 'Basic realm="mediamtx"');
  sendError(response, 401, 'authentication error');
}

/** Contract 6.3.2. Errors: what is not a refusal of control. */
export function sendRefusal(response: ServerResponse, error: unknown): void {
  if (!(error instanceof Error)) throw error;
  if (!(error instanceof ControlError)) return sendError(response, 500, error.message);
  switch (error.code) {
    case 'NOT_AUTHENTICATED':
      return sendNotAuthenticated(response, error.askCredentials);
    case 'NO_STREAM':
      return sendError(response, 404, error.message);
    case 'UNAVAILABLE':
    case 'TIMED_OUT':
    case 'NOT_LEADER':
      if (!response.headersSent) response.setHeader('Retry-After', RETRY_AFTER_S);
      return sendError(response, 503, error.message);
    case 'INVALID_MESSAGE':
      return sendError(response, 400, error.message);
    default:
      return sendError(response, 500, error.message);
  }
}
