import { ParseError } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { ControlError } from '@mediamesh/contracts';
import type { Gateway } from '@mediamesh/gateway';
import { ConnectionError, FingerprintError, ListenError, dumpTarget } from '@mediamesh/net';
import type { DumpTarget, TimerWheel, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtspClientConnection, announcedTracks } from '@mediamesh/rtsp';
import type { AnnouncedTrack, ClientMedia, Reconnect, RtspClientHandler, RtspClientOptions } from '@mediamesh/rtsp';
import type { SessionDescription } from '@mediamesh/sdp';
import { openControlChannel } from './control-channel.ts';
import type { ControlChannel } from './control-channel.ts';
import { PacketBacklog } from './packet-backlog.ts';
import { SourceUrlError } from './source-address.ts';
import type { SourceAddress } from './source-address.ts';
import { SourceMedias } from './source-medias.ts';
import type { SourceOptions, SourceSettings } from './source-options.ts';
import { SourcePublisher } from './source-publisher.ts';

const USER_AGENT = 'MediaMesh';
const TICK_MS = 1_000;
const REPORT_INTERVAL_MS = 10_000;

export interface SourceSessionOptions {
  readonly gateway: Gateway;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly sourceId: string;
  readonly path: string;
  readonly address: SourceAddress;
  readonly options: SourceOptions;
  readonly settings: SourceSettings;
  readonly transport: RtspClientOptions['transport'];
  readonly redirects: number;
}

export type SessionEnd =
  | { readonly kind: 'reconnect'; readonly next: Reconnect }
  /** `expected`: the path is not this source's any more, which is nobody's error. */
  | { readonly kind: 'over'; readonly reason: string; readonly expected: boolean };

/**
 * One connection to the server of a source: its sockets, the protocol's state machine, and the path that it feeds.
 *
 * Shape:  `run` once; it resolves when everything is closed.
 * Errors: none: they are the reason that it ends with.
 */
export class SourceSession implements RtspClientHandler {
  private readonly options: SourceSessionOptions;
  private readonly gone = new AbortController();
  private readonly medias: SourceMedias;
  private readonly backlog = new PacketBacklog();
  private readonly ended: Promise<SessionEnd>;
  private resolveEnded!: (end: SessionEnd) => void;
  private machine: RtspClientConnection | undefined;
  private channel: ControlChannel | undefined;
  private publisher: SourcePublisher | undefined;
  private ticker: WheelTimer | undefined;
  private reports: WheelTimer | undefined;
  private tracks: readonly AnnouncedTrack[] = [];
  private title = '';
  private isStreaming = false;
  private expectedEnd = false;

  constructor(options: SourceSessionOptions) {
    this.options = options;
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.medias = new SourceMedias({
      crypto: options.crypto,
      logger: options.logger,
      anyPort: options.options.anyPort,
      udp: {
        portRange: options.options.udpPortRange,
        readBufferBytes: options.options.udpReadBufferBytes ?? options.settings.udpReadBufferBytes,
        dump: this.dumpOf('packet_conn'),
      },
      onUdpPacket: (mediaIndex, rtcp, bytes) => this.udpPacket(mediaIndex, rtcp, bytes),
      onError: (error) => this.failed(error),
    });
  }

  async run(): Promise<SessionEnd> {
    try {
      await this.connect();
    } catch (error) {
      this.failed(error);
    }
    const end = await this.ended;
    const reason = end.kind === 'over' ? end.reason : end.next.reason;
    await Promise.all([this.publisher?.close(reason), this.channel?.close(), this.medias.close()]);
    return end;
  }

  /** Says goodbye to the server; `run` resolves. */
  stop(reason: string): void {
    if (this.machine === undefined) this.finish({ kind: 'over', reason, expected: true });
    else this.machine.stop(reason);
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.channel!.write(bytes);
  }

  described(description: SessionDescription): void {
    this.title = description.title;
    this.tracks = announcedTracks(description).filter(({ mediaIndex }) => !description.media[mediaIndex]!.backChannel);
    if (this.tracks.length === 0) this.machine!.end('no medias have been setupped');
  }

  bindPorts(mediaIndex: number): void {
    this.medias.bind(mediaIndex, this.channel!.tcp.remote.address).then(
      (ports) => this.guard(() => this.machine!.portsBound(ports)),
      (error: unknown) => this.failed(error),
    );
  }

  mediaSetUp(media: ClientMedia): void {
    this.medias.add(media, this.channel!.tcp.remote.address);
  }

  streaming(): void {
    const { options } = this;
    this.isStreaming = true;
    if (this.medias.overTcp) this.channel!.tcp.setBulk(true);
    this.reports = options.timers.schedule(REPORT_INTERVAL_MS, () => this.sendReports());
    // While UDP is only tried, the path waits for its first packet: over TCP it would be another stream.
    const undecided = options.transport === 'automatic' && !this.medias.overTcp;
    if (!undecided || this.backlog.size > 0) this.publish();
  }

  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    const plain = this.medias.unprotect(mediaIndex, rtcp, payload);
    if (plain !== undefined) this.packet(mediaIndex, rtcp, plain);
  }

  transportSwitched(reason: string): void {
    this.options.logger.warn(reason);
  }

  reconnect(next: Reconnect): void {
    if (next.redirects === this.options.redirects) this.options.logger.warn(next.reason);
    this.finish({ kind: 'reconnect', next });
  }

  close(reason: string): void {
    this.finish({ kind: 'over', reason, expected: this.expectedEnd });
  }

  private dumpOf(what: 'conn' | 'packet_conn'): DumpTarget | undefined {
    const { address, settings, logger } = this.options;
    return dumpTarget(settings.dumpPackets, `${address.tls ? 'rtsps' : 'rtsp'}_source_${what}`, (level, message) => logger[level](message));
  }

  private async connect(): Promise<void> {
    const { options } = this;
    const { address, crypto, timers, settings } = options;
    const channel = await openControlChannel({
      address,
      fingerprint: options.options.fingerprint,
      crypto,
      timers,
      timeoutMs: settings.readTimeoutMs,
      writeTimeoutMs: settings.writeTimeoutMs,
      dump: this.dumpOf('conn'),
      signal: this.gone.signal,
    });
    this.channel = channel;
    if (this.gone.signal.aborted) return;
    const { url, tunnel } = address;
    const { transport, redirects } = options;
    const { anyPort, play } = options.options;
    const { readTimeoutMs } = settings;
    const tunnelled = tunnel !== 'none';
    const machine = new RtspClientConnection(
      { crypto, url, userAgent: USER_AGENT, tunnelled, transport, anyPort, readTimeoutMs, wallClockMs: Date.now, redirects },
      this,
      timers.nowMs(),
    );
    this.machine = machine;
    this.ticker = timers.schedule(TICK_MS, () => this.tick());
    channel.start(
      (bytes) => machine.receive(bytes, timers.nowMs()),
      (error) => machine.end(error?.message ?? 'EOF'),
    );
    if (!this.gone.signal.aborted) machine.play(play);
  }

  private udpPacket(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const plain = this.medias.unprotect(mediaIndex, rtcp, bytes);
    if (plain === undefined || this.gone.signal.aborted) return;
    this.machine!.packetReceived(this.options.timers.nowMs());
    this.packet(mediaIndex, rtcp, plain);
  }

  /** Hot: once a packet. */
  private packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const nowUs = Date.now() * 1000;
    const toStream = this.publisher?.toStream;
    if (toStream === undefined) {
      this.backlog.add(mediaIndex, rtcp, bytes, nowUs);
      if (this.isStreaming) this.publish();
    } else if (rtcp) toStream.rtcp(mediaIndex, bytes, nowUs);
    else toStream.rtp(mediaIndex, bytes, nowUs);
  }

  private publish(): void {
    if (this.publisher !== undefined) return;
    const { gateway, logger, sourceId, path, options } = this.options;
    const publisher = new SourcePublisher({
      gateway,
      logger,
      sessionId: sourceId,
      path,
      announced: this.tracks,
      title: this.title,
      transport: this.medias.overTcp ? 'tcp' : 'udp',
      receiverSsrc: this.medias.receiverSsrc,
      demuxMpegts: options.demuxMpegts,
      useAbsoluteTimestamp: options.useAbsoluteTimestamp,
      onLost: (reason) => this.giveUp(reason),
      signal: this.gone.signal,
    });
    this.publisher = publisher;
    publisher.open().then(
      (toStream) => this.guard(() => this.backlog.feed(toStream)),
      (error: unknown) => {
        if (error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER') this.giveUp(error.message);
        else this.machine!.stop(reasonOf(error));
      },
    );
  }

  /** The path is another's. */
  private giveUp(reason: string): void {
    this.expectedEnd = true;
    this.machine!.stop(reason);
  }

  private tick(): void {
    const { timers } = this.options;
    this.machine!.tick(timers.nowMs());
    if (!this.gone.signal.aborted) timers.reschedule(this.ticker!, TICK_MS);
  }

  private sendReports(): void {
    const { timers } = this.options;
    for (const { mediaIndex, bytes } of this.publisher?.toStream?.receiverReports(Date.now() * 1000) ?? [])
      this.medias.sendRtcp(mediaIndex, bytes, this.channel!);
    timers.reschedule(this.reports!, REPORT_INTERVAL_MS);
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    if (!isExpected(error)) this.options.logger.error('internal error, closing the connection', error);
    if (this.machine === undefined) this.finish({ kind: 'over', reason: reasonOf(error), expected: false });
    else this.machine.stop(reasonOf(error));
  }

  private finish(end: SessionEnd): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    const { timers } = this.options;
    if (this.ticker !== undefined) timers.cancel(this.ticker);
    if (this.reports !== undefined) timers.cancel(this.reports);
    this.resolveEnded(end);
  }
}

/** Errors of the server, the network and the configuration; others are ours. */
function isExpected(error: unknown): boolean {
  return [ConnectionError, FingerprintError, ListenError, ParseError, SourceUrlError].some((kind) => error instanceof kind);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
