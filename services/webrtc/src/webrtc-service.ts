import type { ForwardOrder, ForwardStatus, sourceStart } from '@mediamesh/contracts';
import type { Config } from '@mediamesh/config';
import { FollowedConfig, Forwards, ReaderPaths, Sources } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import { DtlsContext, OpenSslUnavailableError, createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { z } from 'zod';
import { WhipForward } from './forward/whip-forward.ts';
import { FromStream } from './from-stream.ts';
import type { WebRtcFrame } from './from-stream.ts';
import { SessionDirectory } from './server/session-directory.ts';
import { WebRtcServer } from './server/webrtc-server.ts';
import { WhepSource } from './source/whep-source.ts';

/** A reader's queue in bytes: `writeQueueSize` packets of the largest size, and at least a large key frame. */
const PACKET_BYTES = 1_500;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;

/** The WebRTC gateway: its listeners, and what it reads, pulls and pushes, as the configuration says. */
export class WebRtcService implements GatewayService {
  readonly sessions: SessionDirectory;
  private readonly parts: GatewayServiceParts;
  private readonly timers: TimerWheel;
  private stopTimers: () => void = () => {};
  private dtls: DtlsContext | undefined;
  private paths: ReaderPaths<WebRtcFrame, FromStream> | undefined;
  private server: WebRtcServer | undefined;
  private readonly sources: Sources<Config>;
  private readonly forwards: Forwards<WebRtcFrame, FromStream>;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts, timers = createTimerWheel()) {
    this.parts = parts;
    this.timers = timers;
    this.sessions = new SessionDirectory(parts.client, parts.gateway.instance);
    const { gateway, crypto } = parts;
    const dtls = (): DtlsContext => this.openDtls();
    this.sources = new Sources<Config>({
      gateway,
      logger: parts.logger,
      component: 'WebRTC source',
      open: (order, config, logger) => new WhepSource(order, { gateway, crypto, timers, dtls, config, logger }),
    });
    this.forwards = new Forwards<WebRtcFrame, FromStream>({
      gateway,
      logger: parts.logger,
      open: (order, feed, logger) => new WhipForward(order, { gateway, crypto, timers, dtls, config: this.config.current, feed, logger }),
    });
    this.config = new FollowedConfig({
      ...parts,
      components: ['webrtc', 'pathManager'],
      adopt: (config) => this.sources.configure(config),
      open: (config) => this.open(config),
      close: (reason) => this.close(reason),
    });
  }

  /** What is held for peers, connected or not. */
  get occupancy(): { readonly ufrags: number; readonly dtlsSessions: number } {
    return { ufrags: this.server?.ufragCount ?? 0, dtlsSessions: this.dtls?.sessionCount ?? 0 };
  }

  async start(signal: AbortSignal): Promise<void> {
    this.stopTimers = driveTimerWheel(this.timers);
    await this.config.start(signal);
    this.parts.gateway.start();
  }

  async stop(): Promise<void> {
    this.parts.gateway.drain();
    await Promise.all([this.sources.close('terminated'), this.forwards.close(), this.config.stop()]);
    this.parts.gateway.stop();
    this.stopTimers();
    this.dtls?.close();
  }

  // On control's word.

  async available(path: string, epoch: number): Promise<void> {
    await this.paths?.available(path, epoch);
  }

  unavailable(path: string, epoch: number, reason: string): void {
    this.paths?.unavailable(path, epoch, reason);
  }

  startSource(order: z.output<typeof sourceStart.request>): void {
    const { sourceId, path, sourceType } = order;
    if (sourceType === 'webRTCSource') this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not of the WebRTC gateway`);
  }

  stopSource(sourceId: string, reason: string): void {
    this.sources.stop(sourceId, reason);
  }

  startForward(order: ForwardOrder): void {
    this.forwards.start(order);
  }

  stopForward(forwardId: string): void {
    this.forwards.stop(forwardId);
  }

  listForwards(): readonly ForwardStatus[] {
    return this.forwards.list();
  }

  /** The global configuration has another revision. */
  reconfigure(): Promise<void> {
    return this.config.reconfigure();
  }

  private async open(config: Config): Promise<void> {
    const { gateway, logger, crypto } = this.parts;
    this.paths = new ReaderPaths<WebRtcFrame, FromStream>({
      bus: gateway.bus,
      counters: gateway.outbound,
      limits: { maxQueuePackets: config.writeQueueSize, maxQueueBytes: Math.max(MIN_QUEUE_BYTES, config.writeQueueSize * PACKET_BYTES) },
      makerOf: () => new FromStream(),
      log: (level, path, message) => logger.child(`path ${path}`)[level](message),
    });
    this.forwards.read(this.paths);
    if (!config.webrtc || !this.isPossible(config)) return;
    const { paths, sessions, timers } = this;
    const dtls = this.openDtls();
    this.server = await WebRtcServer.open(config, { gateway, paths, sessions, crypto, timers, dtls, logger: logger.child('WebRTC') });
  }

  /** What stands in the way of WebRTC alone is said, and concerns nothing else. */
  private isPossible({ webrtcLocalUDPAddress, webrtcLocalTCPAddress }: Config): boolean {
    const logger = this.parts.logger.child('WebRTC');
    if (webrtcLocalUDPAddress === '' && webrtcLocalTCPAddress === '') {
      logger.error("WebRTC is off: it needs 'webrtcLocalUDPAddress' or 'webrtcLocalTCPAddress'");
      return false;
    }
    try {
      this.openDtls();
      return true;
    } catch (error) {
      if (!(error instanceof OpenSslUnavailableError)) throw error;
      logger.error(`WebRTC is off: ${error.message}`, error);
      return false;
    }
  }

  /** Errors: OpenSslUnavailableError. */
  private openDtls(): DtlsContext {
    return (this.dtls ??= new DtlsContext());
  }

  private async close(reason: string): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.close();
    this.paths?.closeAll(reason);
  }
}
