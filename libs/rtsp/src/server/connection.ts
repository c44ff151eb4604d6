import { ParseError, bytesFromUtf8, hexFromBytes } from '@mediamesh/bytes';
import { verifyDigest } from '../auth/server-auth.ts';
import { RtspFramer } from '../message/framer.ts';
import { RtspHeaders } from '../message/headers.ts';
import type { RtspRequest } from '../message/message.ts';
import { requestText } from '../message/message-text.ts';
import { RtspStatus } from '../message/status.ts';
import { answeredKeyMgmt, answeredRtpInfo, answeredTransport, redirectLocation } from './answered.ts';
import type * as seam from './handler.ts';
import { readRequest, type ReadRequest } from './read-request.ts';
import type { RequestContext } from './request-context.ts';
import { ResponseWriter, sessionHeaders } from './response-writer.ts';
import { RtspServerSession } from './session.ts';
import { expiry } from './timeouts.ts';

/** Requests that wait while one is being answered; a client waits for each answer, or sends a few at once. */
export const MAX_WAITING_REQUESTS = 32;
const NONCE_BYTES = 16;
const SESSION_SECRET_BYTES = 16;
const METHODS = 'DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, GET_PARAMETER, TEARDOWN';

type Asked = Extract<ReadRequest, { readonly asked: true }>;
type AskedOf<Kind extends Asked['kind']> = Extract<Asked, { readonly kind: Kind }>;

/**
 * A client's connection: framing, the rules of the protocol, one session at a time, timeouts.
 *
 * Shape:  bytes and time in, calls of the handler out; what only the owner can decide is asked with `describe` to `pause`, and answered
 *         with the method of the same name while further requests wait. Interleaved packets go on meanwhile.
 * Units:  `nowMs` is a monotonic clock in milliseconds.
 * Errors: none are thrown for what the client does: the request is refused or the connection closed. Answering what was not asked throws.
 * Source: RFC 2326; which refusals close the connection is MediaMTX's choice.
 */
export class RtspServerConnection {
  private readonly options: seam.RtspServerOptions;
  private readonly handler: seam.RtspServerHandler;
  private readonly framer: RtspFramer;
  private readonly responses: ResponseWriter;
  private readonly nonce: string;
  private readonly waiting: RtspRequest[] = [];
  private pending: Asked | undefined;
  private current: RtspServerSession | undefined;
  /** What the next request that needs a session gets. */
  private fresh: RtspServerSession | undefined;
  private draining = false;
  private closed = false;
  private nowMs: number;
  private lastMessageMs: number;
  /** Packets of a session that was paused or torn down may still be on their way. */
  private hadTcpSession = false;

  constructor(options: seam.RtspServerOptions, handler: seam.RtspServerHandler, nowMs: number) {
    this.options = options;
    this.handler = handler;
    this.nowMs = nowMs;
    this.lastMessageMs = nowMs;
    this.nonce = hexFromBytes(options.crypto.randomBytes(NONCE_BYTES));
    this.responses = new ResponseWriter((bytes) => handler.send(bytes), options, this.nonce);
    this.framer = new RtspFramer({
      request: (request) => {
        options.trace?.('c->s', () => requestText(request));
        this.enqueue(request);
      },
      response: () => this.fail('received an unexpected response'),
      interleaved: (channel, payload) => this.interleaved(channel, payload),
    });
  }

  get session(): RtspServerSession | undefined {
    return this.current;
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (this.closed) return;
    this.nowMs = nowMs;
    try {
      this.framer.push(bytes);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.fail(error.message);
    }
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    this.nowMs = nowMs;
    // Whoever answers has deadlines of his own; the client's wait is not its silence.
    if (this.closed || this.pending !== undefined) return;
    const reason = expiry(this.current, this.lastMessageMs, nowMs, this.options.readTimeoutMs);
    if (reason !== undefined) this.fail(reason);
  }

  /** RTP or RTCP of the session has arrived over UDP. */
  packetReceived(nowMs: number): void {
    if (this.current !== undefined) this.current.lastPacketMs = nowMs;
  }

  /** The socket has ended, or the owner ends the connection (kicked, shutting down): the session is closed with it. */
  end(reason: string): void {
    this.fail(reason);
  }

  /** Whether a Digest was made for this request with these credentials. */
  verifyDigest(context: RequestContext, user: string, password: string): boolean {
    const { digest } = context.credentials;
    if (digest === undefined) return false;
    const { method, url } = context.request;
    const check = { authorization: digest, methods: this.options.authMethods, nonce: this.nonce, method, url };
    return verifyDigest(this.options.crypto, check, user, password);
  }

  describe(answer: seam.DescribeAnswer): void {
    const asked = this.take('describe');
    if (asked === undefined) return;
    const { context } = asked;
    if (answer.kind === 'ok') {
      const headers = new RtspHeaders().add('Content-Base', `${context.request.url}/`).add('Content-Type', 'application/sdp');
      this.responses.write(context.request, RtspStatus.ok, headers, bytesFromUtf8(answer.sdp));
    } else if (answer.kind === 'redirect') {
      const headers = new RtspHeaders().add('Location', redirectLocation(context.url, answer.location));
      this.responses.write(context.request, RtspStatus.found, headers);
    } else this.refuse(context.request, answer);
    this.drain();
  }

  announce(answer: seam.AnnounceAnswer): void {
    const asked = this.take('announce');
    if (asked === undefined) return;
    const { context } = asked;
    if (answer.kind === 'ok') {
      context.session.beginRecording(asked.target, context.description);
      this.responses.write(context.request, RtspStatus.ok);
    } else this.refuse(context.request, answer);
    this.drain();
  }

  setup(answer: seam.SetupAnswer): void {
    const asked = this.take('setup');
    if (asked === undefined) return;
    const { context } = asked;
    const { session, transport, mediaIndex } = context;
    if (answer.kind === 'ok') {
      session.addMedia({ mediaIndex, transport }, asked.target);
      this.hadTcpSession ||= transport.protocol === 'tcp';
      const headers = sessionHeaders(session).add('Transport', answeredTransport(transport, answer));
      const { crypto, wallClockMs } = this.options;
      if (answer.serverKeys !== undefined)
        headers.add('KeyMgmt', answeredKeyMgmt(context.request.url, answer.serverKeys, crypto, wallClockMs()));
      this.responses.write(context.request, RtspStatus.ok, headers);
    } else if (answer.kind === 'unsupportedTransport') this.responses.write(context.request, RtspStatus.unsupportedTransport);
    else this.refuse(context.request, answer);
    this.drain();
  }

  play(answer: seam.PlayAnswer): void {
    const asked = this.take('play');
    if (asked === undefined) return;
    const { session, request, url } = asked.context;
    if (answer.kind === 'ok') {
      session.stream('play', this.nowMs);
      this.responses.write(request, RtspStatus.ok, sessionHeaders(session).add('RTP-Info', answeredRtpInfo(url, session, answer)));
    } else this.refuse(request, answer);
    this.drain();
  }

  record(answer: seam.RecordAnswer): void {
    const asked = this.take('record');
    if (asked === undefined) return;
    const { session, request } = asked.context;
    if (answer.kind === 'ok') {
      session.stream('record', this.nowMs);
      this.responses.write(request, RtspStatus.ok, sessionHeaders(session));
    } else this.refuse(request, answer);
    this.drain();
  }

  pause(answer: seam.PauseAnswer): void {
    const asked = this.take('pause');
    if (asked === undefined) return;
    const { session, request } = asked.context;
    if (answer.kind === 'ok') {
      session.pause();
      this.responses.write(request, RtspStatus.ok, sessionHeaders(session));
    } else this.refuse(request, answer);
    this.drain();
  }

  /** The request that waits for this answer; undefined when the connection was closed meanwhile. */
  private take<Kind extends Asked['kind']>(kind: Kind): AskedOf<Kind> | undefined {
    const { pending } = this;
    if (this.closed) return undefined;
    if (pending?.kind !== kind) throw new Error(`no ${kind} waits for an answer`);
    this.pending = undefined;
    this.lastMessageMs = this.nowMs;
    return pending as AskedOf<Kind>;
  }

  private refuse(request: RtspRequest, answer: seam.Refusal | seam.Challenged): void {
    if (answer.kind === 'challenge') {
      this.responses.challenge(request);
      return;
    }
    this.responses.write(request, answer.status);
    this.fail(answer.reason);
  }

  private enqueue(request: RtspRequest): void {
    this.lastMessageMs = this.nowMs;
    if (this.current !== undefined) this.current.lastRequestMs = this.nowMs;
    if (this.waiting.length >= MAX_WAITING_REQUESTS) {
      this.fail('too many requests wait for their answers');
      return;
    }
    this.waiting.push(request);
    this.drain();
  }

  /** Also called from inside of itself, when the owner answers at once. */
  private drain(): void {
    if (this.draining) return;
    this.draining = true;
    try {
      while (!this.closed && this.pending === undefined) {
        const request = this.waiting.shift();
        if (request === undefined) return;
        this.handle(request, readRequest(request, this.current ?? this.freshSession(), this.current !== undefined, this.options));
      }
    } finally {
      this.draining = false;
    }
  }

  private freshSession(): RtspServerSession {
    this.fresh ??= new RtspServerSession(hexFromBytes(this.options.crypto.randomBytes(SESSION_SECRET_BYTES)), this.nowMs);
    return this.fresh;
  }

  private handle(request: RtspRequest, read: ReadRequest): void {
    switch (read.kind) {
      case 'options':
        this.responses.write(request, RtspStatus.ok, this.currentHeaders().add('Public', METHODS));
        return;
      case 'getParameter':
        this.responses.write(request, RtspStatus.ok, this.currentHeaders().add('Content-Type', 'text/parameters'));
        return;
      case 'teardown':
        this.responses.write(request, RtspStatus.ok);
        this.closeSession('torn down');
        return;
      case 'status':
        this.responses.write(request, read.status);
        return;
      case 'refused':
        this.refuse(request, read);
        return;
      default:
        this.ask(read);
    }
  }

  private ask(asked: Asked): void {
    if (asked.kind !== 'describe' && this.current === undefined) {
      this.current = asked.context.session;
      this.current.lastRequestMs = this.nowMs;
      this.fresh = undefined;
      this.handler.sessionOpened(this.current);
      if (this.closed) return;
    }
    this.pending = asked;
    if (asked.kind === 'describe') this.handler.describe(asked.context);
    else if (asked.kind === 'announce') this.handler.announce(asked.context);
    else if (asked.kind === 'setup') this.handler.setup(asked.context);
    else this.handler[asked.kind](asked.context);
  }

  private currentHeaders(): RtspHeaders {
    return this.current === undefined ? new RtspHeaders() : sessionHeaders(this.current);
  }

  private interleaved(channel: number, payload: Uint8Array): void {
    const session = this.current;
    if (session === undefined || !session.streaming || !this.hadTcpSession) {
      if (!this.hadTcpSession) this.fail('received an unexpected interleaved frame');
      return;
    }
    this.lastMessageMs = this.nowMs;
    const media = session.mediaOfChannel(channel);
    if (media >= 0) this.handler.interleaved(media >> 1, (media & 1) === 1, payload);
  }

  private closeSession(reason: string): void {
    const session = this.current;
    if (session === undefined) return;
    this.current = undefined;
    this.handler.sessionClosed(session, reason);
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.framer.stop();
    this.waiting.length = 0;
    this.pending = undefined;
    this.closeSession(reason);
    this.handler.close(reason);
  }
}
