import type { ServerResponse } from 'node:http';
import { goJson } from './go-json.ts';

export const NOT_FOUND_TEXT = '404 page not found';

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', goJson(value));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain', text);
}

/** A text whose type is told as Go tells it; an empty one has none. */
export function sendPlain(response: ServerResponse, text: string): void {
  if (text === '') sendEmpty(response, 200);
  else send(response, 200, 'text/plain; charset=utf-8', text);
}

export function sendEmpty(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.end();
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
