import { EMPTY_BYTES, ParseError, type CryptoPort } from '@mediamesh/bytes';
import { authorizationValue, chooseChallenge, type Credentials } from '../auth/client-auth.ts';
import { parseSession } from '../header/session.ts';
import type { Challenge } from '../header/www-authenticate.ts';
import { RtspHeaders } from '../message/headers.ts';
import { serializeRequest, serializeResponse, type RtspRequest, type RtspResponse } from '../message/message.ts';
import { requestText, type MessageTrace } from '../message/message-text.ts';
import { RtspStatus } from '../message/status.ts';
import type { RtspUrl } from '../message/url.ts';

const DEFAULT_KEEP_ALIVE_MS = 30_000;
const MIN_KEEP_ALIVE_MS = 1000;
/** Keep-alives go out that much before the session's timeout. */
const KEEP_ALIVE_MARGIN_SECONDS = 5;

export interface RequesterOptions {
  readonly crypto: CryptoPort;
  readonly userAgent: string;
  readonly url: RtspUrl;
  readonly send: (bytes: Uint8Array) => void;
  readonly trace: MessageTrace | undefined;
}

export interface ClientRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/**
 * Requests of one client connection, one at a time: CSeq, session, credentials on the first 401.
 *
 * Errors: `accept` throws ParseError when the server asks for credentials that there are not, or in a way that is not understood.
 */
export class Requester {
  private readonly options: RequesterOptions;
  private readonly credentials: Credentials | undefined;
  private challenge: Challenge | undefined;
  private session: string | undefined;
  private cseq = 0;
  private outstanding: { readonly request: ClientRequest; readonly cseq: number; readonly sentMs: number } | undefined;
  keepAliveMs = DEFAULT_KEEP_ALIVE_MS;

  constructor(options: RequesterOptions) {
    this.options = options;
    const { user, password } = options.url;
    this.credentials = user === undefined ? undefined : { user, password: password ?? '' };
  }

  get hasSession(): boolean {
    return this.session !== undefined;
  }

  send(request: ClientRequest, nowMs: number): void {
    this.write(request);
    this.outstanding = { request, cseq: this.cseq, sentMs: nowMs };
  }

  /** A request whose response nobody waits for: some cameras do not answer keep-alives. */
  notify(request: ClientRequest): void {
    this.write(request);
  }

  /** Milliseconds since the request that waits for its response; undefined when none does. */
  waitingMs(nowMs: number): number | undefined {
    return this.outstanding === undefined ? undefined : nowMs - this.outstanding.sentMs;
  }

  /** Whether this is the response that was waited for. Else it belongs to a keep-alive, or the request was sent again with credentials. */
  accept(response: RtspResponse, nowMs: number): boolean {
    const { outstanding } = this;
    const cseq = response.headers.get('CSeq');
    if (outstanding === undefined || (cseq !== undefined && cseq.trim() !== String(outstanding.cseq))) return false;
    this.outstanding = undefined;
    this.readSession(response);
    if (response.status !== RtspStatus.unauthorized || this.challenge !== undefined) return true;
    if (this.credentials === undefined) throw new ParseError('RtspResponse', 0, 'asks for credentials, and the URL has none');
    this.challenge = chooseChallenge(response.headers.all('WWW-Authenticate'));
    if (this.challenge === undefined) throw new ParseError('RtspResponse', 0, 'asks for credentials in no known way');
    this.send(outstanding.request, nowMs);
    return false;
  }

  /** Some servers ask whether the client is alive. */
  answer(request: RtspRequest): void {
    const headers = new RtspHeaders();
    const cseq = request.headers.get('CSeq');
    if (cseq !== undefined) headers.add('CSeq', cseq);
    const status = request.method === 'OPTIONS' ? RtspStatus.ok : RtspStatus.notImplemented;
    this.options.send(serializeResponse({ status, headers, body: EMPTY_BYTES }));
  }

  private readSession(response: RtspResponse): void {
    const value = response.headers.get('Session');
    if (value === undefined) return;
    const { id, timeoutSeconds } = parseSession(value);
    this.session = id;
    if (timeoutSeconds !== undefined) this.keepAliveMs = Math.max((timeoutSeconds - KEEP_ALIVE_MARGIN_SECONDS) * 1000, MIN_KEEP_ALIVE_MS);
  }

  private write(request: ClientRequest): void {
    const { crypto, userAgent, send, trace } = this.options;
    const headers = new RtspHeaders().add('CSeq', String(++this.cseq)).add('User-Agent', userAgent);
    if (this.session !== undefined) headers.add('Session', this.session);
    for (const [name, value] of request.headers ?? []) headers.add(name, value);
    if (this.challenge !== undefined && this.credentials !== undefined)
      headers.add('Authorization', authorizationValue(crypto, this.challenge, this.credentials, request));
    const message = { method: request.method, url: request.url, headers, body: request.body ?? EMPTY_BYTES };
    trace?.('c->s', () => requestText(message));
    send(serializeRequest(message));
  }
}
