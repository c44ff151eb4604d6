import type { Config } from '@mediamesh/config';
import type { sourceStart } from '@mediamesh/contracts';
import { FollowedConfig, ReaderPaths, Sources } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import { FromStream } from './from-stream.ts';
import { AlwaysRemux } from './server/always-remux.ts';
import { HlsServer } from './server/hls-server.ts';
import { Muxers } from './server/muxers.ts';
import { SessionFinder } from './server/session-finder.ts';
import type { FoundSession } from './server/session-finder.ts';
import { HlsSource } from './source/hls-source.ts';
import type { SourceSettings } from './source/hls-source.ts';

/** Nothing is queued for the muxers: they take units as they come. */
const NO_QUEUE = { maxQueuePackets: 1, maxQueueBytes: 1 };

/** The HLS gateway: its listener, its muxers, and what it pulls, as the configuration says. */
export class HlsService implements GatewayService {
  private readonly parts: GatewayServiceParts;
  /** Asks the other gateways. */
  readonly finder: SessionFinder;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private readonly sources: Sources<SourceSettings>;
  private paths: ReaderPaths<undefined, FromStream> | undefined;
  private muxers: Muxers | undefined;
  private alwaysRemux: AlwaysRemux | undefined;
  private server: HlsServer | undefined;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts) {
    this.parts = parts;
    this.finder = new SessionFinder(parts.client, parts.gateway);
    const { gateway } = parts;
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger: parts.logger,
      component: 'HLS source',
      open: (order, settings, logger) => new HlsSource(order, { gateway, timers: this.timers, settings, logger }),
    });
    this.config = new FollowedConfig({
      ...parts,
      components: ['hls', 'pathManager'],
      adopt: ({ readTimeout, dumpPackets }) => this.sources.configure({ readTimeoutMs: readTimeout, dumpPackets }),
      open: (config) => this.open(config),
      close: (reason) => this.close(reason),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.stopTimers = driveTimerWheel(this.timers);
    await this.config.start(signal);
    this.parts.gateway.start();
  }

  /** Where it listens; undefined when it does not. */
  get url(): string | undefined {
    return this.server?.url;
  }

  async stop(): Promise<void> {
    this.parts.gateway.drain();
    await Promise.all([this.sources.close('terminated'), this.config.stop()]);
    this.parts.gateway.stop();
    this.stopTimers();
  }

  /** Another gateway has a client that shows this. */
  findSession(secret: string, path: string, ip: string): FoundSession | undefined {
    return this.muxers?.get(path)?.session(secret, ip)?.shared();
  }

  // On control's word.

  async available(path: string, epoch: number, sourceOnDemand: boolean): Promise<void> {
    await this.paths?.available(path, epoch);
    this.alwaysRemux?.available({ path, epoch, sourceOnDemand });
  }

  unavailable(path: string, epoch: number, reason: string): void {
    this.muxers?.forget(path);
    this.paths?.unavailable(path, epoch, reason);
  }

  startSource(order: z.output<typeof sourceStart.request>): void {
    const { sourceId, path, sourceType } = order;
    if (sourceType === 'hlsSource') this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not there yet`);
  }

  stopSource(sourceId: string, reason: string): void {
    this.sources.stop(sourceId, reason);
  }

  /** The global configuration has another revision. */
  reconfigure(): Promise<void> {
    return this.config.reconfigure();
  }

  private async open(config: Config): Promise<void> {
    if (!config.hls) return;
    const { gateway } = this.parts;
    const logger = this.parts.logger.child('HLS');
    const paths = new ReaderPaths<undefined, FromStream>({
      bus: gateway.bus,
      counters: gateway.outbound,
      limits: NO_QUEUE,
      start: { at: 'windowStart' },
      makerOf: (path) => this.streamOf(path, config, logger),
      log: (level, path, message) => logger.child(`muxer ${path}`)[level](message),
    });
    this.paths = paths;
    this.muxers = new Muxers({ gateway, paths, logger, closeAfterMs: config.hlsMuxerCloseAfter, directory: config.hlsDirectory });
    this.server = await HlsServer.open(config, { gateway, muxers: this.muxers, finder: this.finder, logger });
    if (!config.hlsAlwaysRemux) return;
    this.alwaysRemux = new AlwaysRemux(this.muxers, () => gateway.control.livePaths());
    this.alwaysRemux.start();
  }

  private streamOf(path: string, config: Config, logger: Logger): FromStream {
    return new FromStream({
      variant: config.hlsVariant,
      segmentCount: config.hlsSegmentCount,
      maxSegmentBytes: config.hlsSegmentMaxSize,
      warn: (message) => logger.child(`muxer ${path}`).warn(message),
      onProgress: () => this.muxers?.get(path)?.progressed(),
      onFailure: (reason) => this.muxers?.get(path)?.failed(reason),
    });
  }

  private async close(reason: string): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.alwaysRemux?.stop();
    this.alwaysRemux = undefined;
    this.muxers?.closeAll(reason); // requests that wait are answered
    await server?.close();
    this.paths?.closeAll(reason);
  }
}
