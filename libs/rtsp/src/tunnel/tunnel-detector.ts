import { ParseError, concatBytes, copyBytes, type CryptoPort } from '@mediamesh/bytes';
import { HttpHeadReader, serializeHttpHead, type HttpHead } from './http-head.ts';
import { MAX_COOKIE_CHARS, TUNNEL_CONTENT_TYPE, acceptHttpTunnel, type TunnelHalf } from './http-tunnel.ts';
import { acceptWebSocket } from './websocket-handshake.ts';

/** What a new connection turns out to be. `rest` are the bytes that came with it, for whoever reads on. */
export type Detected =
  | { readonly kind: 'rtsp'; readonly rest: Uint8Array }
  /** Send the answer; then pair it by its cookie (`HttpTunnelPairs`). On the POST side `rest` is base64. */
  | { readonly kind: 'http'; readonly half: TunnelHalf; readonly cookie: string; readonly answer: Uint8Array; readonly rest: Uint8Array }
  | { readonly kind: 'websocket'; readonly answer: Uint8Array; readonly rest: Uint8Array }
  /** Another HTTP request: send the answer and close. */
  | { readonly kind: 'refused'; readonly answer: Uint8Array };

const PREFIX_BYTES = 4;
const GET = [0x47, 0x45, 0x54, 0x20];
const POST = [0x50, 0x4f, 0x53, 0x54];

/**
 * Tells RTSP from its tunnels by the first bytes of a connection.
 *
 * Shape:  bytes in any chunking in; undefined until it is decided. Afterwards it is not to be used.
 * Errors: none: malformed HTTP is `refused`.
 */
export class TunnelDetector {
  private readonly crypto: CryptoPort;
  private readonly reader = new HttpHeadReader();
  private prefix: Uint8Array = new Uint8Array(0);
  private http = false;

  constructor(crypto: CryptoPort) {
    this.crypto = crypto;
  }

  push(chunk: Uint8Array): Detected | undefined {
    let bytes = chunk;
    if (!this.http) {
      bytes = this.prefix.length === 0 ? chunk : concatBytes([this.prefix, chunk]);
      const length = Math.min(PREFIX_BYTES, bytes.length);
      const begins = (word: readonly number[]): boolean => word.every((byte, index) => index >= length || bytes[index] === byte);
      if (!begins(GET) && !begins(POST)) return { kind: 'rtsp', rest: bytes };
      if (length < PREFIX_BYTES) {
        this.prefix = copyBytes(bytes);
        return undefined;
      }
      this.http = true;
    }
    try {
      const head = this.reader.push(bytes);
      return head === undefined ? undefined : this.decide(head);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return refused(1);
    }
  }

  private decide(head: HttpHead): Detected {
    const { headers, rest } = head;
    const match = /^(GET|POST) \S+ HTTP\/1\.([01])$/.exec(head.firstLine);
    if (match === null) return refused(1);
    const half = match[1] === 'GET' ? 'get' : 'post';
    const minorVersion = match[2] === '0' ? 0 : 1;
    const cookie = headers.single('X-Sessioncookie') ?? '';
    const type = headers.single(half === 'get' ? 'Accept' : 'Content-Type');
    if (type === TUNNEL_CONTENT_TYPE && cookie !== '' && cookie.length <= MAX_COOKIE_CHARS)
      return { kind: 'http', half, cookie, answer: acceptHttpTunnel(minorVersion), rest };
    const answer = half === 'get' ? acceptWebSocket(headers, this.crypto) : undefined;
    return answer === undefined ? refused(minorVersion) : { kind: 'websocket', answer, rest };
  }
}

function refused(minorVersion: 0 | 1): Detected {
  return {
    kind: 'refused',
    answer: serializeHttpHead(`HTTP/1.${minorVersion} 400 Bad Request`, [
      ['Connection', 'close'],
      ['Content-Length', '0'],
    ]),
  };
}
