import type { sourceStart } from '@mediamesh/contracts';
import type { Config } from '@mediamesh/config';
import { FollowedConfig, ReaderPaths } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import { DtlsContext, OpenSslUnavailableError, createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { z } from 'zod';
import { FromStream } from './from-stream.ts';
import type { WebRtcFrame } from './from-stream.ts';
import { SessionDirectory } from './server/session-directory.ts';
import { WebRtcServer } from './server/webrtc-server.ts';

/** A reader's queue in bytes: `writeQueueSize` packets of the largest size, and at least a large key frame. */
const PACKET_BYTES = 1_500;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;

/** The WebRTC gateway: its listeners, and what it reads, as the configuration says. */
export class WebRtcService implements GatewayService {
  readonly sessions: SessionDirectory;
  private readonly parts: GatewayServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private dtls: DtlsContext | undefined;
  private paths: ReaderPaths<WebRtcFrame, FromStream> | undefined;
  private server: WebRtcServer | undefined;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts) {
    this.parts = parts;
    this.sessions = new SessionDirectory(parts.client, parts.gateway.instance);
    this.config = new FollowedConfig({
      ...parts,
      components: ['webrtc', 'pathManager'],
      open: (config) => this.open(config),
      close: (reason) => this.close(reason),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.stopTimers = driveTimerWheel(this.timers);
    await this.config.start(signal);
    this.parts.gateway.start();
  }

  async stop(): Promise<void> {
    this.parts.gateway.drain();
    await this.config.stop();
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

  startSource({ sourceId, path, sourceType }: z.output<typeof sourceStart.request>): void {
    this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not there yet`);
  }

  stopSource(): void {}

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
    if (!config.webrtc || !this.isPossible(config)) return;
    const { paths, sessions, timers } = this;
    const dtls = this.dtls!;
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
      this.dtls ??= new DtlsContext();
      return true;
    } catch (error) {
      if (!(error instanceof OpenSslUnavailableError)) throw error;
      logger.error(`WebRTC is off: ${error.message}`, error);
      return false;
    }
  }

  private async close(reason: string): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.close();
    this.paths?.closeAll(reason);
  }
}
