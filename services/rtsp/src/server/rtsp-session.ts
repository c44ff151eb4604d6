import type { AccessRequest, Grant, SessionKind } from '@mediamesh/contracts';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import { describeTracks } from '@mediamesh/media';
import type { WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { announcedTracks } from '@mediamesh/rtsp';
import type {
  AnnounceAnswer,
  AnnounceRequest,
  MediaTransport,
  PauseAnswer,
  PlayAnswer,
  RecordAnswer,
  RequestContext,
  RtspServerSession,
  SessionRequest,
  SetupAnswer,
  SetupRequest,
} from '@mediamesh/rtsp';
import { accessOf, provenAccess, refusalOf } from './access.ts';
import { Publishing } from '../publishing.ts';
import { Reading } from './reading.ts';
import { TcpReaderTransport, UdpReaderTransport } from './reader-transport.ts';
import type { ReaderTransport } from './reader-transport.ts';
import type { RtspConnection } from './rtsp-connection.ts';
import type { ServerSettings } from './server-settings.ts';
import type { UdpMedia, UdpPeer } from './udp-ports.ts';

const REPORT_INTERVAL_MS = 10_000;

/** What a session does for its client: publishes or reads one path. The rules of the protocol are the connection's. */
export class RtspSession implements GatewaySession, UdpPeer {
  readonly id: string;
  readonly kind: SessionKind;
  readonly machine: RtspServerSession;
  private readonly settings: ServerSettings;
  private readonly connection: RtspConnection;
  private readonly logger: Logger;
  private readonly created = new Date().toISOString();
  private readonly gone = new AbortController();
  private readonly reports: WheelTimer;
  private grant: Grant | undefined;
  private user = '';
  private userAgent = '';
  private path = '';
  private query = '';
  private publishing: Publishing | undefined;
  private reading: Reading | undefined;
  /** By media index. */
  private readonly transports: (MediaTransport | undefined)[] = [];
  private readonly udpMedias: (UdpMedia | undefined)[] = [];
  private closed = false;

  constructor(settings: ServerSettings, connection: RtspConnection, machine: RtspServerSession) {
    this.settings = settings;
    this.connection = connection;
    this.machine = machine;
    this.id = settings.gateway.newId();
    this.kind = settings.secure ? 'rtspsSession' : 'rtspSession';
    this.logger = settings.logger.child(`session ${this.id.substring(0, 8)}`);
    this.logger.info(`created by ${connection.remote}`);
    this.reports = settings.timers.schedule(REPORT_INTERVAL_MS, () => this.sendReports());
    settings.gateway.sessions.add(this);
  }

  async announce(request: AnnounceRequest): Promise<AnnounceAnswer> {
    this.asks(request);
    try {
      const { control } = this.settings.gateway;
      this.grant = await control.authorize(await this.accessOf(request, 'publish'));
      this.user = this.grant.user;
      return { kind: 'ok' };
    } catch (error) {
      return this.refuse(error);
    }
  }

  async setup(request: SetupRequest): Promise<SetupAnswer> {
    const { mediaIndex, transport } = request;
    if (this.machine.state === 'preRecord') return this.agree(mediaIndex, transport);
    if (this.reading === undefined) {
      const refusal = await this.startReading(request);
      if (refusal !== undefined) return refusal;
    }
    const track = this.reading?.tracks[mediaIndex];
    if (track === undefined) return { kind: 'refused', status: 400, reason: `track ${mediaIndex} was not found` };
    const answer = this.agree(mediaIndex, transport);
    return answer.kind === 'ok' ? { ...answer, ssrc: track.sender.ssrc } : answer;
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
        onLost: (reason) => this.connection.close(reason),
      });
      if (this.closed) {
        void publishing.close('the client is gone');
        return { kind: 'refused', status: 400, reason: 'the client is gone' };
      }
      this.publishing = publishing;
      this.connection.receivesMedia(true);
      this.logger.info(`is publishing to path '${request.path}'`);
      return { kind: 'ok' };
    } catch (error) {
      return this.refuse(error);
    }
  }

  /** Answers itself, between the registration and the first packet. */
  play(answer: (answer: PlayAnswer) => void): void {
    const { reading } = this;
    if (reading === undefined) return answer({ kind: 'refused', status: 400, reason: 'nothing was set up' });
    if (reading.isPlaying) return answer({ kind: 'ok', rtpInfo: new Map() });
    const mediaIndexes = new Set(this.machine.medias.map(({ mediaIndex }) => mediaIndex));
    const tracks = reading.tracks.filter(({ mediaIndex }) => mediaIndexes.has(mediaIndex)).map(({ track }) => track);
    const protocol = this.transportName();
    this.logger.info(`is reading from path '${this.path}', with ${protocol}, ${describeTracks(tracks)}`);
    reading.play(this.readerTransport(), mediaIndexes, (rtpInfo) => answer({ kind: 'ok', rtpInfo }));
  }

  async pause(): Promise<PauseAnswer> {
    this.reading?.pause();
    const { publishing } = this;
    this.publishing = undefined;
    await publishing?.close('paused');
    return { kind: 'ok' };
  }

  /** Interleaved, or from one of the client's UDP ports. Hot. */
  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const nowUs = Date.now() * 1000;
    const { publishing, reading } = this;
    if (publishing !== undefined) {
      if (rtcp) publishing.toStream.rtcp(mediaIndex, bytes, nowUs);
      else publishing.toStream.rtp(mediaIndex, bytes, nowUs);
    } else if (rtcp && reading !== undefined) reading.counters.received(mediaIndex, bytes, nowUs);
    this.connection.packetReceived();
  }

  row(): SessionRow {
    const inbound = this.publishing?.toStream;
    const outbound = this.reading?.counters;
    const transport = this.machine.transport;
    const inboundBytes = inbound?.counters.bytes ?? 0;
    const outboundBytes = outbound?.bytes ?? 0;
    const inboundRTPPackets = inbound?.counters.rtpPackets ?? 0;
    const inboundRTPPacketsLost = inbound?.lostPackets ?? 0;
    const inboundRTPPacketsInError = inbound?.counters.rtpPacketsInError ?? 0;
    const inboundRTPPacketsJitter = inbound?.jitter ?? 0;
    const inboundRTCPPackets = inbound?.counters.rtcpPackets ?? 0;
    const inboundRTCPPacketsInError = inbound?.counters.rtcpPacketsInError ?? 0;
    const outboundRTPPackets = outbound?.rtpPackets ?? 0;
    const outboundRTCPPackets = outbound?.rtcpPackets ?? 0;
    return {
      id: this.id,
      created: this.created,
      remoteAddr: this.connection.remote,
      state: this.publishing !== undefined ? 'publish' : this.reading?.isPlaying === true ? 'read' : 'idle',
      path: this.path,
      query: this.query,
      user: this.user,
      userAgent: this.userAgent,
      transport: transport === undefined ? null : this.transportName(),
      profile: transport === undefined ? null : transport.secure ? 'SAVP' : 'AVP',
      conns: [this.connection.id],
      inboundBytes,
      inboundRTPPackets,
      inboundRTPPacketsLost,
      inboundRTPPacketsInError,
      inboundRTPPacketsJitter,
      inboundRTCPPackets,
      inboundRTCPPacketsInError,
      outboundBytes,
      outboundRTPPackets,
      outboundRTPPacketsReportedLost: outbound?.reportedLost ?? 0,
      outboundRTPPacketsDiscarded: this.reading?.framesDiscarded ?? 0,
      outboundRTCPPackets,
      bytesReceived: inboundBytes,
      bytesSent: outboundBytes,
      rtpPacketsReceived: inboundRTPPackets,
      rtpPacketsSent: outboundRTPPackets,
      rtpPacketsLost: inboundRTPPacketsLost,
      rtpPacketsInError: inboundRTPPacketsInError,
      rtpPacketsJitter: inboundRTPPacketsJitter,
      rtcpPacketsReceived: inboundRTCPPackets,
      rtcpPacketsSent: outboundRTCPPackets,
      rtcpPacketsInError: inboundRTCPPacketsInError,
    };
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
    for (const media of this.udpMedias) if (media !== undefined) this.settings.udp?.unregister(media);
    void this.reading?.close(reason);
    void this.publishing?.close(reason);
    this.logger.info(`destroyed: ${reason}`);
  }

  private accessOf(request: RequestContext, action: 'publish' | 'read'): Promise<AccessRequest> {
    const access = accessOf(request, action, this.id, this.connection.remoteAddress);
    return provenAccess(this.settings.gateway.control, access, (user, pass) => this.connection.proves(request, user, pass));
  }

  private asks(request: { readonly path: string; readonly query: string; readonly userAgent: string }): void {
    this.path = request.path;
    this.query = request.query;
    this.userAgent = request.userAgent;
  }

  private async startReading(request: SetupRequest): Promise<SetupAnswer | undefined> {
    const { gateway, paths } = this.settings;
    this.asks(request);
    try {
      const access = await this.accessOf(request, 'read');
      const reply = await gateway.control.read(access, { type: this.kind, id: this.id }, this.gone.signal);
      this.user = reply.user;
      const feed = await paths.acquire(request.path, reply.epoch, reply.settings);
      this.reading = new Reading({
        gateway,
        logger: this.logger,
        sessionId: this.id,
        kind: this.kind,
        path: request.path,
        epoch: feed.epoch,
        feed,
        onEnd: (reason) => this.connection.close(reason),
      });
      if (this.closed) void this.reading.close('the client is gone');
      return undefined;
    } catch (error) {
      return this.refuse(error);
    }
  }

  private agree(mediaIndex: number, transport: MediaTransport): SetupAnswer {
    this.transports[mediaIndex] = transport;
    if (transport.protocol === 'tcp') return { kind: 'ok' };
    const { udp } = this.settings;
    if (transport.protocol === 'multicast' || udp === undefined) return { kind: 'unsupportedTransport' };
    const media = udp.register(this.connection.remoteAddress, transport.clientPorts, mediaIndex, this);
    if (media === undefined)
      return { kind: 'refused', status: 400, reason: `the UDP ports ${transport.clientPorts.join(' and ')} are in use` };
    this.udpMedias[mediaIndex] = media;
    return { kind: 'ok', serverPorts: udp.ports };
  }

  private readerTransport(): ReaderTransport {
    if (this.machine.transport?.protocol === 'tcp') {
      const channels = this.transports.map((transport) => (transport?.protocol === 'tcp' ? transport.channels[0] : undefined));
      return new TcpReaderTransport(this.connection.tcp, channels);
    }
    return new UdpReaderTransport(this.settings.udp!, this.udpMedias);
  }

  private transportName(): string {
    const protocol = this.machine.transport?.protocol;
    return protocol === 'udp' ? 'UDP' : protocol === 'multicast' ? 'UDP-multicast' : 'TCP';
  }

  private sendReports(): void {
    const nowUs = Date.now() * 1000;
    this.reading?.sendReports(nowUs);
    for (const { mediaIndex, bytes } of this.publishing?.toStream.receiverReports(nowUs) ?? []) this.sendRtcp(mediaIndex, bytes);
    this.settings.timers.reschedule(this.reports, REPORT_INTERVAL_MS);
  }

  private sendRtcp(mediaIndex: number, bytes: Uint8Array): void {
    const transport = this.readerTransport();
    transport.sendRtcp(mediaIndex, bytes);
  }

  private refuse(error: unknown): Extract<AnnounceAnswer & SetupAnswer & RecordAnswer, { kind: 'refused' }> {
    return refusalOf(error) as Extract<AnnounceAnswer & SetupAnswer & RecordAnswer, { kind: 'refused' }>;
  }
}
