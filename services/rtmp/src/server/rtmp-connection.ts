import { ControlError } from '@mediamesh/contracts';
import type { Grant, SessionKind } from '@mediamesh/contracts';
import type { Amf0Value } from '@mediamesh/flv';
import { authenticationFailed } from '@mediamesh/gateway';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import { describeTracks } from '@mediamesh/media';
import type { TcpConnection, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtmpServerConnection } from '@mediamesh/rtmp';
import type { MediaMessage, RtmpServerHandler, StreamRequest } from '@mediamesh/rtmp';
import { Publishing } from '../publishing.ts';
import { accessOf } from './access.ts';
import { ReaderQueue } from '../reader-queue.ts';
import { Reading } from './reading.ts';
import type { ServerSettings } from './server-settings.ts';

const TICK_MS = 1_000;

/** A client's connection: its socket, the protocol's state machine, and the path that it publishes to or reads. */
export class RtmpConnection implements RtmpServerHandler, GatewaySession {
  readonly id: string;
  readonly kind: SessionKind;
  private readonly settings: ServerSettings;
  private readonly tcp: TcpConnection;
  private readonly logger: Logger;
  private readonly machine: RtmpServerConnection;
  private readonly created = new Date().toISOString();
  private readonly gone = new AbortController();
  private readonly ticker: WheelTimer;
  private readonly onClosed: () => void;
  private request: StreamRequest | undefined;
  private user = '';
  private state: 'idle' | 'read' | 'publish' = 'idle';
  private publishing: Publishing | undefined;
  private reading: Reading | undefined;
  private closing: string | undefined;

  constructor(settings: ServerSettings, tcp: TcpConnection, onClosed: () => void) {
    const { gateway, secure, timers, crypto, readTimeoutMs } = settings;
    this.settings = settings;
    this.tcp = tcp;
    this.onClosed = onClosed;
    this.id = gateway.newId();
    this.kind = secure ? 'rtmpsConn' : 'rtmpConn';
    this.logger = settings.logger.child(`conn ${tcp.remote.text}`);
    this.logger.info('opened');
    this.machine = new RtmpServerConnection({ crypto, readTimeoutMs }, this, timers.nowMs());
    this.ticker = timers.schedule(TICK_MS, () => this.tick());
    gateway.sessions.add(this);
    gateway.connections.opened(this.kind, this.id, [secure ? 'RTMPS' : 'RTMP', `conn ${tcp.remote.text}`]);
    tcp.onData = (bytes) => this.receive(bytes);
    tcp.onClose = (error) => this.closed(error?.message ?? 'EOF');
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.tcp.write(bytes);
  }

  requested(request: StreamRequest): void {
    this.request = request;
    const done = request.action === 'publish' ? this.publish(request) : this.read(request);
    done
      .catch(async (error: unknown) => {
        await authenticationFailed(this.logger, error);
        this.refused(error);
      })
      .catch((error: unknown) => this.failed(error));
  }

  media(message: MediaMessage): void {
    this.publishing?.media(message, Date.now() * 1000);
  }

  data(values: readonly Amf0Value[]): void {
    this.publishing?.data(values);
  }

  /** What was sent is flushed first. */
  close(reason: string): void {
    this.closing ??= reason;
    this.machine.end();
    this.tcp.end();
  }

  // The Control API.

  row(): SessionRow {
    const { receivedBytes, sentBytes } = this.tcp;
    const known = this.state === 'idle' ? undefined : this.request;
    return {
      id: this.id,
      created: this.created,
      remoteAddr: this.tcp.remote.text,
      state: this.state,
      path: known?.path ?? '',
      query: known?.query ?? '',
      user: this.user,
      userAgent: this.request?.userAgent ?? '',
      inboundBytes: receivedBytes,
      outboundBytes: sentBytes,
      outboundFramesDiscarded: this.reading?.framesDiscarded ?? 0,
      bytesReceived: receivedBytes,
      bytesSent: sentBytes,
    };
  }

  kick(reason: string): void {
    this.close(reason);
  }

  private async publish(request: StreamRequest): Promise<void> {
    const { gateway } = this.settings;
    const grant = await gateway.control.authorize(accessOf(request, this.id, this.tcp.remote.address));
    if (this.isOver) return;
    this.tcp.setBulk(true);
    this.publishing = this.openPublishing(request, grant);
    this.machine.accept();
  }

  private openPublishing({ path, query }: StreamRequest, grant: Grant): Publishing {
    const { gateway } = this.settings;
    return new Publishing({
      gateway,
      logger: this.logger,
      sessionId: this.id,
      sourceType: this.kind,
      path,
      query,
      grant,
      onReady: () => {
        this.state = 'publish';
        this.user = grant.user;
        this.logger.info(`is publishing to path '${path}'`);
      },
      onFailed: (error) => this.refused(error),
      onLost: (reason) => this.close(reason),
    });
  }

  private async read(request: StreamRequest): Promise<void> {
    const { gateway, paths } = this.settings;
    const reading = await Reading.open(
      {
        gateway,
        paths,
        logger: this.logger,
        sessionId: this.id,
        kind: this.kind,
        path: request.path,
        fourCcs: request.fourCcs,
        queue: new ReaderQueue(this.tcp),
        onEnd: (reason) => this.close(reason),
      },
      accessOf(request, this.id, this.tcp.remote.address),
      this.gone.signal,
    );
    if (this.isOver) return void reading.close('the client is gone');
    this.reading = reading;
    this.machine.accept();
    this.state = 'read';
    this.user = reading.user;
    const tracks = reading.start().map(({ outgoing }) => outgoing.track);
    this.logger.info(`is reading from path '${request.path}', ${describeTracks(tracks)}`);
  }

  /** Control, or the stream, does not want this client. */
  private refused(error: unknown): void {
    if (this.isOver) return;
    if (error instanceof ControlError && error.code === 'NOT_AUTHENTICATED') {
      return this.machine.reject('authentication failed', error.message);
    }
    if (!(error instanceof Error)) return this.failed(error);
    this.close(error.message);
  }

  /** An error that nobody expected ends this connection only. */
  private failed(error: unknown): void {
    this.logger.error('internal error, closing the connection', error);
    this.close('internal error');
  }

  private receive(bytes: Uint8Array): void {
    try {
      this.machine.receive(bytes, this.settings.timers.nowMs());
    } catch (error) {
      this.failed(error);
    }
  }

  private get isOver(): boolean {
    return this.gone.signal.aborted || this.closing !== undefined;
  }

  private tick(): void {
    const { timers } = this.settings;
    try {
      this.machine.tick(timers.nowMs());
      this.publishing?.tick();
      this.reading?.countDiscarded();
    } catch (error) {
      this.failed(error);
    }
    if (!this.gone.signal.aborted) timers.reschedule(this.ticker, TICK_MS);
  }

  private closed(reason: string): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    const { timers, gateway } = this.settings;
    const why = this.closing ?? reason;
    timers.cancel(this.ticker);
    gateway.sessions.remove(this.id);
    gateway.connections.closed(this.id);
    this.machine.end();
    void this.publishing?.close(why);
    void this.reading?.close(why);
    this.logger.info(`closed: ${why}`);
    this.onClosed();
  }
}
