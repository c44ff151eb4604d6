import { randomInt } from 'node:crypto';
import type { AccessRequest, Grant, SessionKind } from '@mediamesh/contracts';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import { describeTracks } from '@mediamesh/media';
import type { WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { SrtpError } from '@mediamesh/rtp';
import { announcedTracks } from '@mediamesh/rtsp';
import type {
  AnnounceAnswer,
  AnnounceRequest,
  PauseAnswer,
  PlayAnswer,
  RecordAnswer,
  RequestContext,
  RtspServerSession,
  SessionRequest,
  SetupAnswer,
  SetupRequest,
} from '@mediamesh/rtsp';
import { Publishing } from '../publishing.ts';
import { OutgoingCipher } from '../srtp/outgoing-cipher.ts';
import { accessOf, provenAccess, refuse, refused } from './access.ts';
import type { MulticastMember } from './multicast/multicast-stream.ts';
import { REPORT_INTERVAL_MS } from '../outbound.ts';
import { Reading } from './reading.ts';
import type { RtspConnection } from './rtsp-connection.ts';
import { untilRolledOver } from './secure-start.ts';
import type { ServerSettings } from './server-settings.ts';
import { SessionMedias } from './session-medias.ts';
import { sessionRow } from './session-row.ts';
import type { SentReports } from './session-row.ts';
import type { UdpPeer } from './udp-ports.ts';

const TRANSPORT_NAMES = { tcp: 'TCP', udp: 'UDP', multicast: 'UDP-multicast' } as const;

/** What a session does for its client: publishes or reads one path. The rules of the protocol are the connection's. */
export class RtspSession implements GatewaySession, UdpPeer, MulticastMember {
  readonly id: string;
  readonly kind: SessionKind;
  readonly machine: RtspServerSession;
  private readonly settings: ServerSettings;
  private readonly connection: RtspConnection;
  private readonly logger: Logger;
  private readonly created = new Date().toISOString();
  private readonly gone = new AbortController();
  private readonly reports: WheelTimer;
  private readonly sentReports: SentReports = { packets: 0, bytes: 0 };
  private readonly receiverSsrc = randomInt(2 ** 32);
  private readonly medias: SessionMedias;
  private grant: Grant | undefined;
  private user = '';
  private userAgent = '';
  private path = '';
  private query = '';
  private publishing: Publishing | undefined;
  private reading: Reading | undefined;
  private closed = false;

  constructor(settings: ServerSettings, connection: RtspConnection, machine: RtspServerSession) {
    this.settings = settings;
    this.connection = connection;
    this.machine = machine;
    this.id = settings.gateway.newId();
    this.kind = settings.secure ? 'rtspsSession' : 'rtspSession';
    this.logger = settings.logger.child(`session ${this.id.substring(0, 8)}`);
    this.logger.info(`created by ${connection.remote}`);
    this.medias = new SessionMedias(connection.stream, settings.udp, settings.crypto);
    this.reports = settings.timers.schedule(REPORT_INTERVAL_MS, () => this.sendReports());
    settings.gateway.sessions.add(this);
  }

  get remoteAddress(): string {
    return this.connection.stream.remote.address;
  }

  get localAddress(): string {
    return this.connection.stream.local.address;
  }

  async announce(request: AnnounceRequest): Promise<AnnounceAnswer> {
    this.asks(request);
    try {
      const { control } = this.settings.gateway;
      this.grant = await control.authorize(await this.accessOf(request, 'publish'));
      this.user = this.grant.user;
      return { kind: 'ok' };
    } catch (error) {
      return refuse(error, this.connection.logger);
    }
  }

  async setup(request: SetupRequest): Promise<SetupAnswer> {
    if (this.machine.state === 'preRecord') return this.setupPublisher(request);
    if (this.reading === undefined) this.asks(request);
    try {
      this.reading ??= await this.openReading(request);
    } catch (error) {
      return refuse(error, this.connection.logger);
    }
    if (this.closed) return refused('the client is gone');
    return this.setupReader(request, this.reading);
  }

  async record(request: SessionRequest): Promise<RecordAnswer> {
    const description = this.machine.announced!;
    const announced = announcedTracks(description);
    try {
      const publishing = await Publishing.open({
        gateway: this.settings.gateway,
        logger: this.logger,
        sessionId: this.id,
        sourceType: this.kind,
        path: this.path,
        query: this.query,
        grant: this.grant,
        announced,
        title: description.title,
        transport: this.machine.transport!.protocol === 'tcp' ? 'tcp' : 'udp',
        receiverSsrc: this.receiverSsrc,
        demuxMpegts: this.grant?.settings.rtspDemuxMpegts ?? false,
        useAbsoluteTimestamp: this.grant?.settings.useAbsoluteTimestamp ?? false,
        onLost: (reason) => this.connection.close(reason),
      });
      if (this.closed) {
        void publishing.close('the client is gone');
        return refused('the client is gone');
      }
      this.publishing = publishing;
      this.connection.receivesMedia(true);
      this.logger.info(`is publishing to path '${request.path}'`);
      return { kind: 'ok' };
    } catch (error) {
      const refusal = await refuse(error, this.connection.logger);
      return refusal.kind === 'refused' ? refusal : refused('authentication failed');
    }
  }

  /** Answers itself, between the registration and the first packet. */
  play(answer: (answer: PlayAnswer) => void): void {
    const { reading, machine } = this;
    if (reading === undefined || this.closed) return answer(refused('nothing was set up'));
    const mediaIndexes = new Set(machine.medias.map(({ mediaIndex }) => mediaIndex));
    if (!reading.isPlaying) {
      const tracks = reading.tracks.filter(({ mediaIndex }) => mediaIndexes.has(mediaIndex)).map(({ track }) => track);
      this.logger.info(`is reading from path '${this.path}', with ${this.transportName()}, ${describeTracks(tracks)}`);
    }
    const instantStart = machine.transport?.secure !== true;
    const open = () => this.medias.readerTransport();
    reading.play(open, { mediaIndexes, instantStart }, (rtpInfo) => answer({ kind: 'ok', rtpInfo }));
  }

  async pause(): Promise<PauseAnswer> {
    this.reading?.pause();
    const { publishing } = this;
    this.publishing = undefined;
    this.connection.receivesMedia(false);
    await publishing?.close('paused');
    return { kind: 'ok' };
  }

  /** Interleaved, or from one of the client's UDP ports. Hot. */
  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const nowUs = Date.now() * 1000;
    const { publishing, reading } = this;
    let plain: Uint8Array;
    try {
      plain = this.medias.unprotect(mediaIndex, rtcp, bytes);
    } catch (error) {
      return this.forged(error, rtcp, bytes);
    }
    if (publishing !== undefined) {
      if (rtcp) publishing.toStream.rtcp(mediaIndex, plain, nowUs);
      else publishing.toStream.rtp(mediaIndex, plain, nowUs);
    } else if (rtcp && reading !== undefined) reading.counters.received(mediaIndex, plain, nowUs);
    this.connection.packetReceived();
  }

  failed(error: unknown): void {
    this.connection.failed(error);
  }

  multicastEnded(reason: string): void {
    this.connection.close(reason);
  }

  row(): SessionRow {
    const { publishing, reading, sentReports: reports } = this;
    const transport = this.machine.transport;
    const facts = {
      id: this.id,
      created: this.created,
      remoteAddr: this.connection.remote,
      path: this.path,
      query: this.query,
      user: this.user,
      userAgent: this.userAgent,
      transport: transport === undefined ? null : this.transportName(),
      profile: transport === undefined ? null : transport.secure ? 'SAVP' : 'AVP',
      conns: [this.connection.id],
    };
    return sessionRow(facts, { publishing, reading, reports });
  }

  kick(reason: string): void {
    this.connection.close(reason);
  }

  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.gone.abort();
    this.settings.timers.cancel(this.reports);
    this.settings.gateway.sessions.remove(this.id);
    void this.reading?.close(reason);
    void this.publishing?.close(reason);
    this.medias.close();
    this.logger.info(`destroyed: ${reason}`);
  }

  private setupPublisher({ mediaIndex, transport, clientKeys }: SetupRequest): SetupAnswer {
    const keys = clientKeys && { client: clientKeys, ours: new OutgoingCipher(this.settings.crypto, this.receiverSsrc) };
    const agreed = this.medias.add(mediaIndex, transport, keys, this);
    return typeof agreed === 'string' ? refused(agreed) : { kind: 'ok', ...agreed };
  }

  private async setupReader({ mediaIndex, transport, clientKeys }: SetupRequest, reading: Reading): Promise<SetupAnswer> {
    const track = reading.tracks.find((candidate) => candidate.mediaIndex === mediaIndex);
    if (track === undefined) return refused(`track ${mediaIndex} was not found`);
    try {
      if (transport.secure) await untilRolledOver(reading.feed.maker, this.gone.signal);
      const stream = transport.protocol === 'multicast' ? await reading.joinMulticast(this.settings.multicast!, this) : undefined;
      if (this.closed) return refused('the client is gone');
      if (transport.secure) reading.holdKeys();
      const keys = clientKeys && track.cipher && { client: clientKeys, ours: track.cipher };
      const agreed = this.medias.add(mediaIndex, transport, keys, this);
      if (typeof agreed === 'string') return refused(agreed);
      return { kind: 'ok', ssrc: track.sender.ssrc, ...agreed, ...(stream && { multicast: stream.group(mediaIndex) }) };
    } catch (error) {
      if (this.closed) return refused('the client is gone');
      this.logger.warn(`cannot set up track ${mediaIndex}: ${error instanceof Error ? error.message : String(error)}`);
      return refused('the transport could not be set up');
    }
  }

  private async openReading(request: SetupRequest): Promise<Reading> {
    const { gateway, paths } = this.settings;
    const access = await this.accessOf(request, 'read');
    const reading = await Reading.open(
      {
        gateway,
        paths,
        logger: this.logger,
        sessionId: this.id,
        kind: this.kind,
        path: request.path,
        onEnd: (reason) => this.connection.close(reason),
      },
      access,
      this.gone.signal,
    );
    this.user = reading.user;
    if (this.closed) void reading.close('the client is gone');
    return reading;
  }

  private accessOf(request: RequestContext, action: 'publish' | 'read'): Promise<AccessRequest> {
    const access = accessOf(request, action, this.id, this.remoteAddress);
    return provenAccess(this.settings.gateway.control, access, (user, pass) => this.connection.proves(request, user, pass));
  }

  private asks(request: { readonly path: string; readonly query: string; readonly userAgent: string }): void {
    this.path = request.path;
    this.query = request.query;
    this.userAgent = request.userAgent;
  }

  private transportName(): string {
    return TRANSPORT_NAMES[this.machine.transport?.protocol ?? 'tcp'];
  }

  /** Not the client's, or not a packet: dropped and counted. */
  private forged(error: unknown, rtcp: boolean, bytes: Uint8Array): void {
    if (!(error instanceof SrtpError)) throw error;
    if (this.publishing !== undefined) this.publishing.toStream.refused(rtcp, bytes, error);
    else if (this.reading !== undefined && rtcp) this.reading.counters.refused(bytes);
  }

  /** Every second. */
  tick(): void {
    this.reading?.countDiscarded();
  }

  /** What fails here is this session's alone. */
  private sendReports(): void {
    try {
      this.writeReports();
      this.settings.timers.reschedule(this.reports, REPORT_INTERVAL_MS);
    } catch (error) {
      this.connection.failed(error);
    }
  }

  private writeReports(): void {
    const nowUs = Date.now() * 1000;
    this.reading?.sendReports(nowUs, (mediaIndex, compound) => this.medias.sendRtcp(mediaIndex, compound));
    for (const { mediaIndex, bytes } of this.publishing?.toStream.receiverReports(nowUs) ?? []) {
      this.medias.sendRtcp(mediaIndex, bytes);
      this.sentReports.packets++;
      this.sentReports.bytes += bytes.length;
    }
  }
}
