import type { CryptoPort } from '@mediamesh/bytes';
import { ConnectionLife } from '@mediamesh/gateway';
import { ListenError } from '@mediamesh/net';
import type { DumpTarget, TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtspClientConnection } from '@mediamesh/rtsp';
import type { ClientMedia, Reconnect, RtspClientHandler, RtspClientOptions } from '@mediamesh/rtsp';
import type { SessionDescription } from '@mediamesh/sdp';
import { REPORT_INTERVAL_MS } from '../outbound.ts';
import type { ReaderTransport } from '../reader-transport.ts';
import { ClientMedias } from './client-medias.ts';
import type { ClientMediasOptions } from './client-medias.ts';
import { openControlChannel } from './control-channel.ts';
import type { ControlChannel } from './control-channel.ts';
import type { ServerAddress } from './server-address.ts';
import { tracing } from '../tracing.ts';

const USER_AGENT = 'MediaMesh';
const TICK_MS = 1_000;

/** What a server is connected to for: a path is fed by it, or pushed to it. One a connection. */
export interface ConnectionUse {
  /** `play` or `publish`. */
  begin(machine: RtspClientConnection): void;
  /** What the server plays. A text refuses it. */
  described?(description: SessionDescription): string | undefined;
  streaming(): void;
  /** From the server, without its protection. Hot: once a packet. */
  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void;
  /** Every second. */
  tick?(): void;
  /** Every ten seconds while it streams. */
  sendReports(nowUs: number): void;
  /** The connection is over. */
  close(reason: string): Promise<void>;
}

export interface ClientConnectionOptions extends Pick<ClientMediasOptions, 'anyPort' | 'receives' | 'udp'> {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly address: ServerAddress;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  readonly transport: RtspClientOptions['transport'];
  readonly redirects: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly maxQueuedBytes: number;
  /** Of the connection itself. */
  readonly dump?: DumpTarget | undefined;
}

export type ConnectionEnd = { readonly kind: 'reconnect'; readonly next: Reconnect } | { readonly kind: 'over'; readonly reason: string };

/**
 * One connection to another server: its sockets, the protocol's state machine, and what it is used for.
 *
 * Shape:  `run` once; it resolves when everything is closed.
 * Errors: none: they are the reason that it ends with.
 */
export class ClientConnection implements RtspClientHandler {
  readonly medias: ClientMedias;
  private readonly options: ClientConnectionOptions;
  private readonly use: ConnectionUse;
  private readonly life: ConnectionLife<ConnectionEnd>;
  private machine: RtspClientConnection | undefined;
  private channel: ControlChannel | undefined;

  constructor(options: ClientConnectionOptions, open: (connection: ClientConnection) => ConnectionUse) {
    this.options = options;
    const { timers, logger } = options;
    this.life = new ConnectionLife({ timers, logger, expected: [ListenError], stop: (reason) => this.stop(reason) });
    this.medias = new ClientMedias({
      ...options,
      onUdpPacket: (mediaIndex, rtcp, bytes) => this.udpPacket(mediaIndex, rtcp, bytes),
      onError: (error) => this.life.failed(error),
    });
    this.use = open(this);
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.life.signal;
  }

  /** UDP is only tried: the next connection may be over TCP. */
  get isUndecided(): boolean {
    return this.options.transport === 'automatic' && !this.medias.overTcp;
  }

  async run(): Promise<ConnectionEnd> {
    const end = await this.life.run(() => this.connect());
    const reason = end.kind === 'over' ? end.reason : end.next.reason;
    await Promise.all([this.use.close(reason), this.channel?.close(), this.medias.close()]);
    return end;
  }

  /** Says goodbye to the server; `run` resolves. */
  stop(reason: string): void {
    if (this.machine === undefined) this.life.finish({ kind: 'over', reason });
    else this.machine.stop(reason);
  }

  sendRtcp(mediaIndex: number, bytes: Uint8Array): void {
    this.medias.sendRtcp(mediaIndex, bytes, this.channel!);
  }

  /** For a stream that is pushed. */
  outgoing(): ReaderTransport {
    return this.medias.outgoing(this.channel!);
  }

  /** What fails in it ends the connection. */
  guard(run: () => void): void {
    this.life.guard(run);
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.channel!.write(bytes);
  }

  described(description: SessionDescription): void {
    const refusal = this.use.described?.(description);
    if (refusal !== undefined) this.machine!.end(refusal);
  }

  bindPorts(mediaIndex: number): void {
    this.medias.bind(mediaIndex, this.channel!.tcp.remote.address).then(
      (ports) => this.guard(() => this.machine!.portsBound(ports)),
      (error: unknown) => this.life.failed(error),
    );
  }

  mediaSetUp(media: ClientMedia): void {
    this.medias.add(media, this.channel!.tcp.remote.address);
  }

  streaming(): void {
    const { options } = this;
    if (options.receives && this.medias.overTcp) this.channel!.tcp.setBulk(true);
    this.life.every(REPORT_INTERVAL_MS, () => this.use.sendReports(Date.now() * 1000));
    this.guard(() => this.use.streaming());
  }

  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    const plain = this.medias.unprotect(mediaIndex, rtcp, payload);
    if (plain !== undefined) this.use.packet(mediaIndex, rtcp, plain);
  }

  transportSwitched(reason: string): void {
    this.options.logger.warn(reason);
  }

  reconnect(next: Reconnect): void {
    if (next.redirects === this.options.redirects) this.options.logger.warn(next.reason);
    this.life.finish({ kind: 'reconnect', next });
  }

  close(reason: string): void {
    this.life.finish({ kind: 'over', reason });
  }

  private async connect(): Promise<void> {
    const { address, fingerprint, crypto, timers, readTimeoutMs, writeTimeoutMs, maxQueuedBytes, dump, ...options } = this.options;
    const { signal } = this.life;
    const limits = { timeoutMs: readTimeoutMs, writeTimeoutMs, maxQueuedBytes };
    const channel = await openControlChannel({ address, fingerprint, crypto, timers, signal, dump, ...limits });
    this.channel = channel;
    if (signal.aborted) return;
    const { url, tunnel } = address;
    const { transport, redirects, anyPort } = options;
    const tunnelled = tunnel !== 'none';
    const machine = new RtspClientConnection(
      {
        crypto,
        url,
        userAgent: USER_AGENT,
        tunnelled,
        transport,
        anyPort,
        readTimeoutMs,
        wallClockMs: Date.now,
        redirects,
        trace: tracing(options.logger),
      },
      this,
      timers.nowMs(),
    );
    this.machine = machine;
    this.life.every(TICK_MS, () => this.tick());
    channel.start(
      (bytes) => this.guard(() => machine.receive(bytes, timers.nowMs())),
      (error) => machine.end(error?.message ?? 'EOF'),
    );
    if (!signal.aborted) this.use.begin(machine);
  }

  private udpPacket(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const plain = this.medias.unprotect(mediaIndex, rtcp, bytes);
    if (plain === undefined || this.life.isOver) return;
    this.machine!.packetReceived(this.options.timers.nowMs());
    this.use.packet(mediaIndex, rtcp, plain);
  }

  private tick(): void {
    this.machine!.tick(this.options.timers.nowMs());
    this.use.tick?.();
  }
}
