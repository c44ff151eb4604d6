import { ParseError, base64FromBytes, bytesFromBase64, bytesFromLatin1, type CryptoPort } from '@mediamesh/bytes';
import type { RtspHeaders } from '../message/headers.ts';
import { HttpHeadReader, httpStatus, serializeHttpHead } from './http-head.ts';

/** Source: ONVIF Streaming 5.1.1.5. */
export const WEBSOCKET_PROTOCOL = 'rtsp.onvif.org';
/** Source: RFC 6455 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const VERSION = '13';
const KEY_BYTES = 16;

function acceptValue(key: string, crypto: CryptoPort): string {
  return base64FromBytes(crypto.hash('sha1', bytesFromLatin1(key + ACCEPT_SUFFIX)));
}

function lists(headers: RtspHeaders, name: string, token: string): boolean {
  return headers.all(name).some((value) => value.split(',').some((one) => one.trim().toLowerCase() === token));
}

/** The server's answer; undefined when the request is no WebSocket for RTSP. Any origin is accepted. Source: RFC 6455 4.2. */
export function acceptWebSocket(headers: RtspHeaders, crypto: CryptoPort): Uint8Array | undefined {
  const key = headers.single('Sec-WebSocket-Key');
  if (
    !lists(headers, 'Connection', 'upgrade') ||
    !lists(headers, 'Upgrade', 'websocket') ||
    !lists(headers, 'Sec-WebSocket-Protocol', WEBSOCKET_PROTOCOL)
  )
    return undefined;
  if (headers.single('Sec-WebSocket-Version') !== VERSION || key === undefined || !isKey(key)) return undefined;
  return serializeHttpHead('HTTP/1.1 101 Switching Protocols', [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', acceptValue(key, crypto)],
    ['Sec-WebSocket-Protocol', WEBSOCKET_PROTOCOL],
  ]);
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(text) && bytesFromBase64(text).length === KEY_BYTES;
}

/**
 * The client's side of the handshake.
 *
 * Shape:  `request` is sent first; then the answer's bytes in any chunking in, what came behind its head out, undefined until it is complete.
 * Errors: ParseError when the server does not switch to this WebSocket.
 * Source: RFC 6455 4.1.
 */
export class WebSocketClientHandshake {
  readonly request: Uint8Array;
  private readonly accept: string;
  private readonly reader = new HttpHeadReader();

  constructor(host: string, crypto: CryptoPort) {
    const key = base64FromBytes(crypto.randomBytes(KEY_BYTES));
    this.accept = acceptValue(key, crypto);
    this.request = serializeHttpHead('GET / HTTP/1.1', [
      ['Host', host],
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Key', key],
      ['Sec-WebSocket-Version', VERSION],
      ['Sec-WebSocket-Protocol', WEBSOCKET_PROTOCOL],
    ]);
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    const head = this.reader.push(chunk);
    if (head === undefined) return undefined;
    const { headers, firstLine } = head;
    if (
      httpStatus(firstLine) !== 101 ||
      headers.single('Sec-WebSocket-Accept') !== this.accept ||
      headers.get('Sec-WebSocket-Protocol') !== WEBSOCKET_PROTOCOL
    )
      throw new ParseError('WebSocket', 0, `was refused: ${JSON.stringify(firstLine.substring(0, 64))}`);
    return head.rest;
  }
}
