import type { Writable } from 'node:stream';
import { ControlError } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import type { PathFeed } from '@mediamesh/gateway';
import type { HeldReader, SessionRow, GatewaySession } from '@mediamesh/gateway';
import { describeTracks } from '@mediamesh/media';
import { rfc3339 } from '@mediamesh/http';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import { DirectoryMirror } from './directory-mirror.ts';
import type { HlsSession } from './hls-session.ts';
import type { MuxerOptions } from './muxer-options.ts';

const MIN_ACTIVITY_CHECK_MS = 1_000;
const SESSION_CHECK_MS = 10_000;
/** As MediaMTX. */
const SESSION_IDLE_MS = 30_000;

/** A muxer and the path that it reads: a hidden reader, and the sessions that get what it makes. */
export class PathMuxer implements HeldReader, GatewaySession {
  readonly id: string;
  readonly sessionId: string;
  readonly kind = 'hlsMuxer';
  readonly type = 'hlsMuxer';
  readonly path: string;
  outboundBytes = 0;
  lastRequestMs = Date.now();
  /** The stream has nothing for HLS. */
  unconvertible = false;
  cdnSession: HlsSession | undefined;
  private readonly createdMs = Date.now();
  private readonly options: MuxerOptions;
  private readonly logger: Logger;
  private readonly sessions = new Map<string, HlsSession>();
  private readonly abandoned = new AbortController();
  private feed: PathFeed<undefined, FromStream> | undefined;
  private mirror: DirectoryMirror | undefined;
  private opening: Promise<void>;
  private closed = false;
  private openedEpoch = 0;
  private timers: NodeJS.Timeout[] = [];
  /** Called when there is more to fetch, or nothing will come. */
  private waiting = new Set<() => void>();

  constructor(path: string, options: MuxerOptions) {
    this.path = path;
    this.options = options;
    this.id = this.sessionId = options.gateway.newId();
    this.logger = options.logger.child(`muxer ${path}`);
    const { requestedBy } = options;
    this.logger.info(`created ${requestedBy === undefined ? 'automatically' : `(requested by ${requestedBy})`}`);
    this.opening = this.open();
    this.opening.catch((error: unknown) => this.close(messageOf(error)));
  }

  get epoch(): number {
    return this.feed?.epoch ?? this.openedEpoch;
  }

  get isAutomatic(): boolean {
    return this.options.requestedBy === undefined;
  }

  /** Resolves when the description is there. Errors: ControlError, HlsMuxerError. */
  async ready(): Promise<FromStream> {
    await this.opening;
    if (this.closed || this.feed === undefined) throw new ControlError('INTERNAL', 'muxer instance not available');
    return this.feed.maker;
  }

  /** Undefined while there is nothing to serve. */
  get stream(): FromStream | undefined {
    return this.closed ? undefined : this.feed?.maker;
  }

  /** Bytes that a reader of the path got. */
  count(bytes: number): void {
    this.outboundBytes += bytes;
    if (this.feed !== undefined) this.feed.outbound.bytes += bytes;
  }

  progressed(): void {
    this.mirror?.update();
    for (const check of [...this.waiting]) check();
  }

  failed(reason: string): void {
    this.close(`muxer error: ${reason}`);
  }

  /**
   * Resolves with what `look` finds, now or when there is more; with undefined when the muxer is closed, or the client is gone.
   * One list a muxer; nothing is kept of a client that is gone.
   */
  wait<Found>(look: () => Found | undefined, client: Writable): Promise<Found | undefined> {
    const found = this.closed || client.destroyed ? undefined : look();
    if (found !== undefined || this.closed || client.destroyed) return Promise.resolve(found);
    return new Promise((resolve) => {
      const end = (result: Found | undefined): void => {
        this.waiting.delete(check);
        client.removeListener('close', gone);
        resolve(result);
      };
      const check = (): void => {
        const later = this.closed ? undefined : look();
        if (later !== undefined || this.closed) end(later);
      };
      const gone = (): void => end(undefined);
      this.waiting.add(check);
      client.once('close', gone);
    });
  }

  add(session: HlsSession): void {
    if (session.isCdn) {
      this.cdnSession?.close('replaced by new CDN session');
      this.cdnSession = session;
    } else {
      this.sessions.set(session.secret, session);
    }
  }

  remove(session: HlsSession): void {
    this.sessions.delete(session.secret);
    if (this.cdnSession === session) this.cdnSession = undefined;
  }

  session(secret: string | undefined, ip: string): HlsSession | undefined {
    const session = secret === undefined ? undefined : this.sessions.get(secret);
    return session?.ip === ip ? session : undefined;
  }

  row(): SessionRow {
    const { path, outboundBytes } = this;
    return {
      id: this.id,
      path,
      created: rfc3339(this.createdMs),
      lastRequest: rfc3339(this.lastRequestMs),
      outboundBytes,
      outboundFramesDiscarded: 0,
      bytesSent: outboundBytes,
    };
  }

  kick(reason: string): void {
    this.close(reason);
  }

  supersede(reason: string): void {
    this.close(reason);
  }

  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    const { gateway } = this.options;
    this.abandoned.abort();
    for (const timer of this.timers) clearInterval(timer);
    for (const session of [...this.sessions.values(), this.cdnSession]) session?.close('muxer destroyed');
    this.progressed();
    gateway.sessions.remove(this.id);
    gateway.held.remove(this.sessionId);
    void gateway.control.leave(this.path, this.sessionId, reason);
    this.feed?.release();
    void this.mirror?.close();
    this.logger.info(`destroyed: ${reason}`);
    this.options.onClose(this);
  }

  private async open(): Promise<void> {
    const { gateway, paths } = this.options;
    const reply = await gateway.control.read(this.access(), { type: 'hlsMuxer', id: this.sessionId }, this.abandoned.signal);
    const feed = await paths.acquire(this.path, reply.epoch, { ...reply.settings, gopCache: 'off' });
    const { failure } = feed.maker;
    this.openedEpoch = feed.epoch;
    this.unconvertible = failure !== undefined;
    if (this.closed || failure !== undefined) feed.release();
    if (failure !== undefined) throw failure;
    if (this.closed) return;
    this.feed = feed;
    this.mirror = this.openMirror(feed.maker);
    this.mirror?.update();
    feed.hub.attach(
      { queuedPackets: 0, queuedBytes: 0, write: () => {}, describe: () => {}, end: (reason) => this.close(reason) },
      { instantStart: false, trackIds: [] },
    );
    gateway.held.addReader(this);
    gateway.sessions.add(this);
    this.logger.info(`is converting into HLS, ${describeTracks(feed.maker.muxer.tracks)}`);
    this.watch();
  }

  private openMirror(stream: FromStream): DirectoryMirror | undefined {
    const { directory } = this.options;
    if (directory === '') return undefined;
    return new DirectoryMirror({ directory, path: this.path, stream, warn: (message) => this.logger.warn(message) });
  }

  private watch(): void {
    const { closeAfterMs } = this.options;
    this.timers.push(setInterval(() => this.closeIdleSessions(), SESSION_CHECK_MS));
    if (this.isAutomatic) return;
    const checkMs = Math.max(closeAfterMs / 3, MIN_ACTIVITY_CHECK_MS);
    this.timers.push(
      setInterval(() => {
        if (Date.now() - this.lastRequestMs >= closeAfterMs) this.close('not used anymore');
      }, checkMs),
    );
  }

  private closeIdleSessions(): void {
    const now = Date.now();
    for (const session of [...this.sessions.values(), this.cdnSession]) {
      if (session !== undefined && now - session.lastRequestMs >= SESSION_IDLE_MS) session.close('inactive');
    }
  }

  /** It reads for those who have been authorized. */
  private access(): AccessRequest {
    return {
      action: 'read',
      path: this.path,
      query: this.options.query,
      protocol: 'hls',
      id: null,
      ip: '',
      userAgent: '',
      credentials: { user: '', pass: '', token: '' },
      canAsk: false,
      digest: false,
      authorized: true,
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
