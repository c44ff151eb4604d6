import type { SessionKind } from '@mediamesh/contracts';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import type { TcpConnection, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { IDLE_TIMEOUT_MS, RtspServerConnection, TunnelDetector } from '@mediamesh/rtsp';
import type {
  AnnounceRequest,
  DescribeRequest,
  Detected,
  RequestContext,
  RtspServerHandler,
  RtspServerSession,
  SessionRequest,
  SetupRequest,
} from '@mediamesh/rtsp';
import { tracing } from '../tracing.ts';
import { accessOf, provenAccess } from './access.ts';
import { describe } from './describing.ts';
import { RtspSession } from './rtsp-session.ts';
import type { ServerSettings } from './server-settings.ts';
import type { ClientStream, Tunnel } from './tunnel/client-stream.ts';
import { WebSocketClientStream } from './tunnel/web-socket-client-stream.ts';

const TICK_MS = 1_000;
/** GStreamer's rtspclientsink sends before it is ready for the answer. Contract 6.1.5. */
const GSTREAMER_SETUP_DELAY_MS = 1_000;

/** A client's connection: its socket or tunnel, the protocol's state machine, and the session that it leads to. */
export class RtspConnection implements RtspServerHandler, GatewaySession {
  readonly id: string;
  readonly kind: SessionKind;
  stream: ClientStream;
  private tunnel: Tunnel = 'none';
  private readonly settings: ServerSettings;
  readonly logger: Logger;
  private readonly created = new Date().toISOString();
  private readonly openedMs: number;
  private readonly gone = new AbortController();
  private readonly ticker: WheelTimer;
  private readonly onClosed: () => void;
  /** From the first bytes on. */
  private machine: RtspServerConnection | undefined;
  private session: RtspSession | undefined;
  private closing: string | undefined;
  /** Ends what a secure DESCRIBE has promised. */
  private releaseKeys: () => void = () => {};

  /** Whatever the first bytes say: RTSP, or a tunnel. */
  static accept(settings: ServerSettings, tcp: TcpConnection, onClosed: () => void): RtspConnection {
    const connection = new RtspConnection(settings, tcp, onClosed);
    const detector = new TunnelDetector(settings.crypto);
    tcp.onData = (bytes) => {
      const detected = detector.push(bytes);
      if (detected !== undefined) connection.detected(detected, tcp);
    };
    return connection;
  }

  /** A tunnel whose two connections have found each other. */
  static tunnelled(settings: ServerSettings, stream: ClientStream, onClosed: () => void): RtspConnection {
    const connection = new RtspConnection(settings, stream, onClosed);
    connection.begin(stream, 'http');
    return connection;
  }

  private constructor(settings: ServerSettings, stream: ClientStream, onClosed: () => void) {
    this.settings = settings;
    this.stream = stream;
    this.onClosed = onClosed;
    this.openedMs = settings.timers.nowMs();
    this.id = settings.gateway.newId();
    this.kind = settings.secure ? 'rtspsConn' : 'rtspConn';
    this.logger = settings.logger.child(`conn ${this.remote}`);
    this.logger.info('opened');
    this.ticker = settings.timers.schedule(TICK_MS, () => this.tick());
    settings.gateway.sessions.add(this);
    settings.gateway.connections.opened(this.kind, this.id, [settings.secure ? 'RTSPS' : 'RTSP', `conn ${this.remote}`]);
    stream.onClose = (error) => this.closed(error?.message ?? 'EOF');
  }

  /** `ip:port` */
  get remote(): string {
    return this.stream.remote.text;
  }

  proves(request: RequestContext, user: string, password: string): boolean {
    return this.machine!.verifyDigest(request, user, password);
  }

  packetReceived(): void {
    this.machine!.packetReceived(this.settings.timers.nowMs());
  }

  /** Its socket carries a publisher's media: many of those are read in batches. */
  receivesMedia(receives: boolean): void {
    this.stream.setBulk(receives);
  }

  /** An error that nobody expected ends this connection only. */
  failed(error: unknown): void {
    this.logger.error('internal error, closing the connection', error);
    this.close('internal error');
  }

  // The client's requests.

  describe(request: DescribeRequest): void {
    const { settings } = this;
    const answer = describe(request, {
      settings,
      logger: this.logger,
      abandoned: this.gone.signal,
      access: (asked) => {
        const access = accessOf(asked, 'read', this.id, this.stream.remote.address);
        return provenAccess(settings.gateway.control, access, (user, pass) => this.proves(asked, user, pass));
      },
      promise: (release) => this.promise(release),
    });
    this.answer(answer, (value) => this.machine!.describe(value));
  }

  announce(request: AnnounceRequest): void {
    this.answer(this.session!.announce(request), (answer) => this.machine!.announce(answer));
  }

  setup(request: SetupRequest): void {
    const answer = this.session!.setup(request);
    const delayMs = request.userAgent.startsWith('GStreamer') ? GSTREAMER_SETUP_DELAY_MS : 0;
    const later =
      delayMs === 0 ? answer : answer.then((value) => new Promise<typeof value>((resolve) => setTimeout(resolve, delayMs, value)));
    this.answer(later, (value) => this.machine!.setup(value));
  }

  play(): void {
    this.session!.play((answer) => this.machine!.play(answer));
    this.promise(() => {});
  }

  record(request: SessionRequest): void {
    this.answer(this.session!.record(request), (answer) => this.machine!.record(answer));
  }

  pause(): void {
    this.answer(this.session!.pause(), (answer) => this.machine!.pause(answer));
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  sessionOpened(machine: RtspServerSession): void {
    this.session = new RtspSession(this.settings, this, machine);
  }

  sessionClosed(_machine: RtspServerSession, reason: string): void {
    this.session?.close(reason === 'torn down' ? `torn down by ${this.remote}` : reason);
    this.session = undefined;
    this.receivesMedia(false);
  }

  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    this.session!.packet(mediaIndex, rtcp, payload);
  }

  /** The machine is done with the client: what was sent is flushed first. */
  close(reason: string): void {
    this.closing ??= reason;
    this.machine?.end(reason);
    this.stream.end();
  }

  // The Control API.

  row(): SessionRow {
    const { receivedBytes, sentBytes } = this.stream;
    return {
      id: this.id,
      created: this.created,
      remoteAddr: this.remote,
      session: this.session?.id ?? null,
      tunnel: this.tunnel,
      inboundBytes: receivedBytes,
      outboundBytes: sentBytes,
      bytesReceived: receivedBytes,
      bytesSent: sentBytes,
    };
  }

  kick(reason: string): void {
    this.close(reason);
  }

  private detected(detected: Detected, tcp: TcpConnection): void {
    switch (detected.kind) {
      case 'rtsp':
        this.begin(tcp, 'none');
        return tcp.onData(detected.rest);
      case 'websocket': {
        tcp.write(detected.answer);
        const stream = new WebSocketClientStream(tcp, this.settings.crypto);
        this.begin(stream, 'websocket');
        return stream.start(detected.rest);
      }
      case 'http':
        return this.joinTunnel(detected, tcp);
      case 'refused':
        tcp.onData = () => {};
        tcp.write(detected.answer);
        return this.close('invalid HTTP request');
    }
  }

  private joinTunnel({ half, cookie, answer, rest }: Extract<Detected, { kind: 'http' }>, tcp: TcpConnection): void {
    tcp.onData = () => {};
    const side = {
      tcp,
      rest,
      paired: () => this.closed('upgraded to HTTP conn'),
      abandoned: () => this.close(`the ${half === 'get' ? 'POST' : 'GET'} of the HTTP tunnel did not come`),
    };
    if (!this.settings.tunnels.offer(side, half, cookie, answer)) this.close('the HTTP tunnel is in use');
  }

  private begin(stream: ClientStream, tunnel: Tunnel): void {
    const { crypto, secure, transports, authMethods, readTimeoutMs, timers } = this.settings;
    this.stream = stream;
    this.tunnel = tunnel;
    const options = {
      crypto,
      secure,
      tunnelled: tunnel !== 'none',
      transports,
      authMethods,
      readTimeoutMs,
      wallClockMs: Date.now,
      trace: tracing(this.logger),
    };
    const machine = new RtspServerConnection(options, this, timers.nowMs());
    this.machine = machine;
    stream.onData = (bytes) => this.receive(machine, bytes);
    stream.onClose = (error) => this.closed(error?.message ?? 'EOF');
  }

  private receive(machine: RtspServerConnection, bytes: Uint8Array): void {
    try {
      machine.receive(bytes, this.settings.timers.nowMs());
    } catch (error) {
      this.failed(error);
    }
  }

  /** The keys of one DESCRIBE at a time, until the client plays. */
  private promise(release: () => void): void {
    const former = this.releaseKeys;
    this.releaseKeys = release;
    former();
    if (this.gone.signal.aborted) release();
  }

  /** Carries an answer to the machine, unless the client is gone meanwhile. */
  private answer<Answer extends { readonly kind: string }>(pending: Promise<Answer>, give: (answer: Answer) => void): void {
    pending
      .then((answer) => {
        if (this.isOver) return;
        give(answer);
      })
      .catch((error: unknown) => {
        if (!this.isOver) this.failed(error);
      });
  }

  private get isOver(): boolean {
    return this.gone.signal.aborted || this.closing !== undefined;
  }

  private tick(): void {
    const nowMs = this.settings.timers.nowMs();
    try {
      if (this.machine !== undefined) this.machine.tick(nowMs);
      else if (nowMs - this.openedMs >= IDLE_TIMEOUT_MS) this.close('i/o timeout');
      this.session?.tick();
    } catch (error) {
      this.failed(error);
    }
    if (!this.gone.signal.aborted) this.settings.timers.reschedule(this.ticker, TICK_MS);
  }

  private closed(reason: string): void {
    const { settings } = this;
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    settings.timers.cancel(this.ticker);
    settings.gateway.sessions.remove(this.id);
    settings.gateway.connections.closed(this.id);
    this.machine?.end(this.closing ?? reason);
    this.releaseKeys();
    this.logger.info(`closed: ${this.closing ?? reason}`);
    this.onClosed();
  }
}
