import { ParseError, hexFromBytes, type CryptoPort } from '@mediamesh/bytes';
import { HttpHeadReader, httpStatus, serializeHttpHead } from './http-head.ts';

/** What both sides of an HTTP tunnel are declared as. Source: Apple, "Tunnelling RTSP and RTP through HTTP"; ONVIF Streaming 5.1.1.4. */
export const TUNNEL_CONTENT_TYPE = 'application/x-rtsp-tunnelled';
/** Longest X-Sessioncookie: clients send 22 to 36 characters. */
export const MAX_COOKIE_CHARS = 128;
/** Halves that wait for the other one. */
export const MAX_WAITING_TUNNELS = 1024;
/** Length that clients claim; it is not kept to. */
const CLAIMED_BODY_BYTES = 30_000;
const COOKIE_BYTES = 16;

/** GET carries responses and media to the client, POST carries base64 of its requests. */
export type TunnelHalf = 'get' | 'post';

/**
 * Brings together the two connections of each tunnel, by their cookie.
 *
 * Shape: a half in; both halves out when the other one was there. The owner withdraws halves whose connection ends or waits too long.
 */
export class HttpTunnelPairs<Connection> {
  private readonly waiting = new Map<string, { readonly half: TunnelHalf; readonly connection: Connection }>();

  /** `refused` when as many wait as may, or the same half is there already. */
  offer(
    cookie: string,
    half: TunnelHalf,
    connection: Connection,
  ): { readonly get: Connection; readonly post: Connection } | 'waiting' | 'refused' {
    const other = this.waiting.get(cookie);
    if (other === undefined) {
      if (this.waiting.size >= MAX_WAITING_TUNNELS) return 'refused';
      this.waiting.set(cookie, { half, connection });
      return 'waiting';
    }
    if (other.half === half) return 'refused';
    this.waiting.delete(cookie);
    return half === 'get' ? { get: connection, post: other.connection } : { get: other.connection, post: connection };
  }

  withdraw(cookie: string, connection: Connection): void {
    if (this.waiting.get(cookie)?.connection === connection) this.waiting.delete(cookie);
  }

  get size(): number {
    return this.waiting.size;
  }
}

/** The answer to either half. `minorVersion` is the request's. */
export function acceptHttpTunnel(minorVersion: 0 | 1): Uint8Array {
  return serializeHttpHead(`HTTP/1.${minorVersion} 200 OK`, [
    ['Cache-Control', 'no-cache'],
    ['Connection', 'close'],
    ['Content-Type', TUNNEL_CONTENT_TYPE],
    ['Pragma', 'no-cache'],
  ]);
}

export interface HttpTunnelRequests {
  /** For the first connection; its answer is awaited. */
  readonly get: Uint8Array;
  /** For the second connection; some servers do not answer it. */
  readonly post: Uint8Array;
}

/** What a client sends to open a tunnel. `host` with port, `target` is path and query. */
export function httpTunnelRequests(host: string, target: string, crypto: CryptoPort): HttpTunnelRequests {
  const cookie = hexFromBytes(crypto.randomBytes(COOKIE_BYTES));
  const head = (method: string, typeHeader: string): Uint8Array =>
    serializeHttpHead(`${method} ${target === '' ? '/' : target} HTTP/1.1`, [
      ['Host', host],
      ['X-Sessioncookie', cookie],
      [typeHeader, TUNNEL_CONTENT_TYPE],
      ['Content-Length', String(CLAIMED_BODY_BYTES)],
    ]);
  return { get: head('GET', 'Accept'), post: head('POST', 'Content-Type') };
}

/**
 * The client's reading of the GET side's answer.
 *
 * Shape:  bytes in any chunking in; what came behind the head out, undefined until it is complete.
 * Errors: ParseError when it is no HTTP, or its status is not 200.
 */
export class HttpTunnelAnswer {
  private readonly reader = new HttpHeadReader();

  push(chunk: Uint8Array): Uint8Array | undefined {
    const head = this.reader.push(chunk);
    if (head === undefined) return undefined;
    const status = httpStatus(head.firstLine);
    if (status !== 200) throw new ParseError('HttpTunnel', 0, `was answered with status ${status}`);
    return head.rest;
  }
}
