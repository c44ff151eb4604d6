import type { SessionKind } from '@mediamesh/contracts';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import type { TcpConnection, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtspServerConnection, serializeDescribeSdp } from '@mediamesh/rtsp';
import type {
  AnnounceRequest,
  DescribeAnswer,
  DescribeRequest,
  RequestContext,
  RtspServerHandler,
  RtspServerSession,
  SessionRequest,
  SetupRequest,
} from '@mediamesh/rtsp';
import { accessOf, provenAccess, refusalOf } from './access.ts';
import { RtspSession } from './rtsp-session.ts';
import type { ServerSettings } from './server-settings.ts';

const TICK_MS = 1_000;
/** GStreamer's rtspclientsink sends before it is ready for the answer. Contract 6.1.5. */
const GSTREAMER_SETUP_DELAY_MS = 1_000;

/** A client's connection: its socket, the protocol's state machine, and the session that it leads to. */
export class RtspConnection implements RtspServerHandler, GatewaySession {
  readonly id: string;
  readonly kind: SessionKind;
  readonly tcp: TcpConnection;
  private readonly settings: ServerSettings;
  private readonly logger: Logger;
  private readonly created = new Date().toISOString();
  private readonly gone = new AbortController();
  private readonly machine: RtspServerConnection;
  private readonly ticker: WheelTimer;
  private readonly onClosed: () => void;
  private session: RtspSession | undefined;
  private closing: string | undefined;

  constructor(settings: ServerSettings, tcp: TcpConnection, onClosed: () => void) {
    this.settings = settings;
    this.tcp = tcp;
    this.onClosed = onClosed;
    this.id = settings.gateway.newId();
    this.kind = settings.secure ? 'rtspsConn' : 'rtspConn';
    this.logger = settings.logger.child(`conn ${tcp.remote.text}`);
    this.logger.info('opened');
    const { crypto, secure, transports, authMethods, readTimeoutMs } = settings;
    this.machine = new RtspServerConnection(
      { crypto, secure, tunnelled: false, transports, authMethods, readTimeoutMs, wallClockMs: Date.now },
      this,
      settings.timers.nowMs(),
    );
    this.ticker = settings.timers.schedule(TICK_MS, () => this.tick());
    settings.gateway.sessions.add(this);
    tcp.onData = (bytes) => this.machine.receive(bytes, settings.timers.nowMs());
    tcp.onClose = (error) => this.closed(error?.message ?? 'EOF');
  }

  /** `ip:port` */
  get remote(): string {
    return this.tcp.remote.text;
  }

  get remoteAddress(): string {
    return this.tcp.remote.address;
  }

  proves(request: RequestContext, user: string, password: string): boolean {
    return this.machine.verifyDigest(request, user, password);
  }

  packetReceived(): void {
    this.machine.packetReceived(this.settings.timers.nowMs());
  }

  /** Its socket carries a publisher's media: many of those are read in batches. */
  receivesMedia(receives: boolean): void {
    this.tcp.setBulk(receives);
  }

  // The client's requests.

  describe(request: DescribeRequest): void {
    this.answer(this.describeAnswer(request), (answer) => this.machine.describe(answer));
  }

  announce(request: AnnounceRequest): void {
    this.answer(this.session!.announce(request), (answer) => this.machine.announce(answer));
  }

  setup(request: SetupRequest): void {
    const { session } = this;
    const answer = session!.setup(request);
    if (request.userAgent.startsWith('GStreamer')) {
      const later = answer.then((value) => new Promise<typeof value>((resolve) => setTimeout(resolve, GSTREAMER_SETUP_DELAY_MS, value)));
      return this.answer(later, (value) => this.machine.setup(value));
    }
    this.answer(answer, (value) => this.machine.setup(value));
  }

  play(): void {
    this.session!.play((answer) => this.machine.play(answer));
  }

  record(request: SessionRequest): void {
    this.answer(this.session!.record(request), (answer) => this.machine.record(answer));
  }

  pause(): void {
    this.answer(this.session!.pause(), (answer) => this.machine.pause(answer));
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.tcp.write(bytes);
  }

  sessionOpened(machine: RtspServerSession): void {
    this.session = new RtspSession(this.settings, this, machine);
  }

  sessionClosed(_machine: RtspServerSession, reason: string): void {
    this.session?.close(reason);
    this.session = undefined;
    this.receivesMedia(false);
  }

  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    this.session!.packet(mediaIndex, rtcp, payload);
  }

  /** The machine is done with the client: what was sent is flushed first. */
  close(reason: string): void {
    this.closing ??= reason;
    this.machine.end(reason);
    this.tcp.end();
  }

  // The Control API.

  row(): SessionRow {
    const { receivedBytes, sentBytes } = this.tcp;
    return {
      id: this.id,
      created: this.created,
      remoteAddr: this.remote,
      session: this.session?.id ?? null,
      tunnel: 'none',
      inboundBytes: receivedBytes,
      outboundBytes: sentBytes,
      bytesReceived: receivedBytes,
      bytesSent: sentBytes,
    };
  }

  kick(reason: string): void {
    this.close(reason);
  }

  private async describeAnswer(request: DescribeRequest): Promise<DescribeAnswer> {
    const { gateway, paths, transports } = this.settings;
    try {
      const asked = accessOf(request, 'read', this.id, this.remoteAddress);
      const access = await provenAccess(gateway.control, asked, (user, pass) => this.proves(request, user, pass));
      const reply = await gateway.control.describe(access, this.gone.signal);
      if (reply.kind === 'redirect') return { kind: 'redirect', location: reply.location };
      const feed = await paths.acquire(request.path, reply.epoch, reply.settings);
      const tracks = feed.maker.tracks.map(({ track, mediaIndex, sender }) => ({
        id: mediaIndex,
        payloadType: sender.payloadType,
        clockRateHz: track.clockRateHz,
        kind: track.kind,
        description: track,
      }));
      const title = feed.state.description.title ?? '';
      feed.release();
      const multicast = request.multicastRequested && transports.multicast;
      return { kind: 'ok', sdp: serializeDescribeSdp(tracks, { title, multicast, secure: false }) };
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** Carries an answer to the machine, unless the client is gone meanwhile. An unexpected error ends this connection only. */
  private answer<Answer extends { readonly kind: string }>(pending: Promise<Answer>, give: (answer: Answer) => void): void {
    pending.then(
      (answer) => {
        if (this.gone.signal.aborted || this.closing !== undefined) return;
        this.logRefusal(answer);
        give(answer);
      },
      (error: unknown) => {
        this.logger.error('internal error, closing the connection', error);
        this.close('internal error');
      },
    );
  }

  private logRefusal(answer: { readonly kind: string; readonly status?: number; readonly reason?: string }): void {
    if (answer.kind === 'refused' && answer.status === 401) this.logger.warn(`failed to authenticate: ${answer.reason}`);
  }

  private tick(): void {
    this.machine.tick(this.settings.timers.nowMs());
    if (!this.gone.signal.aborted) this.settings.timers.reschedule(this.ticker, TICK_MS);
  }

  private closed(reason: string): void {
    const { settings } = this;
    this.gone.abort();
    settings.timers.cancel(this.ticker);
    settings.gateway.sessions.remove(this.id);
    this.machine.end(this.closing ?? reason);
    this.session?.close(this.closing ?? reason);
    this.session = undefined;
    this.logger.info(`closed: ${this.closing ?? reason}`);
    this.onClosed();
  }
}
