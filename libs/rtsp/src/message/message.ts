import { EMPTY_BYTES, ParseError, bytesFromUtf8, concatBytes, utf8FromBytes } from '@mediamesh/bytes';
import { RtspHeaders, parseHeaderLines } from './headers.ts';
import { MAX_BODY_BYTES, MAX_METHOD_CHARS, MAX_PROTOCOL_CHARS, MAX_URL_CHARS } from './limits.ts';
import { reasonPhrase } from './status.ts';

const PROTOCOL = 'RTSP/1.0';

export interface RtspRequest {
  readonly method: string;
  /** As it came: a URL, or `*`. */
  readonly url: string;
  readonly headers: RtspHeaders;
  readonly body: Uint8Array;
}

export interface RtspResponse {
  readonly status: number;
  readonly headers: RtspHeaders;
  readonly body: Uint8Array;
}

/** A message before its body has arrived. */
export type RtspHead =
  { readonly kind: 'request'; readonly message: RtspRequest } | { readonly kind: 'response'; readonly message: RtspResponse };

/**
 * The first line and the headers of a message, with an empty body.
 *
 * Shape:  bytes up to the empty line; lines end with CRLF, LF alone is read too.
 * Errors: ParseError when the first line or a header is malformed or exceeds its limit.
 * Source: RFC 2326 4, 6, 7.
 */
export function parseHead(bytes: Uint8Array): RtspHead {
  const lines = utf8FromBytes(bytes).split(/\r?\n/);
  const first = lines.shift()!;
  const empty = lines.indexOf('');
  if (empty >= 0) lines.length = empty;
  const headers = parseHeaderLines(lines);
  const words = first.split(' ');
  if (words[0]!.startsWith('RTSP/')) {
    const status = Number.parseInt(words[1] ?? '', 10);
    if (words[0] !== PROTOCOL || !/^\d{3}$/.test(words[1] ?? '')) throw malformed('status line', first);
    return { kind: 'response', message: { status, headers, body: EMPTY_BYTES } };
  }
  const [method, url, protocol] = words;
  if (words.length !== 3 || method === '' || url === '') throw malformed('request line', first);
  if (method!.length > MAX_METHOD_CHARS || url!.length > MAX_URL_CHARS || protocol!.length > MAX_PROTOCOL_CHARS || protocol !== PROTOCOL)
    throw malformed('request line', first);
  return { kind: 'request', message: { method: method!, url: url!, headers, body: EMPTY_BYTES } };
}

function malformed(what: string, line: string): ParseError {
  return new ParseError('RtspMessage', 0, `has the ${what} ${JSON.stringify(line.substring(0, 64))}`);
}

/** Errors: ParseError when Content-Length is repeated, not a decimal number, or above MAX_BODY_BYTES. */
export function contentLength(headers: RtspHeaders): number {
  const values = headers.all('Content-Length');
  if (values.length === 0) return 0;
  const text = values[0]!;
  if (values.some((value) => value !== text) || !/^\d{1,15}$/.test(text))
    throw new ParseError('RtspMessage', 0, `has the Content-Length ${JSON.stringify(text.substring(0, 32))}`);
  const length = Number.parseInt(text, 10);
  if (length > MAX_BODY_BYTES) throw new ParseError('RtspMessage', 0, `has a body of ${length} bytes, more than ${MAX_BODY_BYTES}`);
  return length;
}

export function serializeRequest(request: RtspRequest): Uint8Array {
  return serializeMessage(`${request.method} ${request.url} ${PROTOCOL}`, request.headers, request.body);
}

export function serializeResponse(response: RtspResponse): Uint8Array {
  return serializeMessage(`${PROTOCOL} ${response.status} ${reasonPhrase(response.status)}`, response.headers, response.body);
}

/** Content-Length is added for a body. */
function serializeMessage(firstLine: string, headers: RtspHeaders, body: Uint8Array): Uint8Array {
  const length = body.length === 0 ? '' : `Content-Length: ${body.length}\r\n`;
  const head = bytesFromUtf8(`${firstLine}\r\n${headers.serialize()}${length}\r\n`);
  return body.length === 0 ? head : concatBytes([head, body]);
}
