import type { Component, Config } from '@mediamesh/config';
import { StreamingService } from '@mediamesh/gateway';
import type { GatewayServiceParts, ReaderPaths, SourceOrder, StreamReading } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
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

/** The HLS gateway. */
export class HlsService extends StreamingService<undefined, FromStream, SourceSettings> {
  /** Asks the other gateways. */
  readonly finder: SessionFinder;
  private muxers: Muxers | undefined;
  private alwaysRemux: AlwaysRemux | undefined;
  private server: HlsServer | undefined;

  constructor(parts: GatewayServiceParts) {
    super(parts, { name: 'HLS', sourceType: 'hlsSource', listeners: ['hls'], readsWith: 'hls' });
    this.finder = new SessionFinder(parts.client, parts.gateway);
  }

  /** Where it listens; undefined when it does not. */
  get url(): string | undefined {
    return this.server?.url;
  }

  /** Another gateway has a client that shows this. */
  findSession(secret: string, path: string, ip: string): FoundSession | undefined {
    return this.muxers?.get(path)?.session(secret, ip)?.shared();
  }

  override async available(path: string, epoch: number, sourceOnDemand: boolean): Promise<void> {
    await super.available(path, epoch, sourceOnDemand);
    this.alwaysRemux?.available({ path, epoch, sourceOnDemand });
  }

  override unavailable(path: string, epoch: number, reason: string): void {
    this.muxers?.forget(path);
    super.unavailable(path, epoch, reason);
  }

  protected override sourceSettings({ readTimeout, dumpPackets }: Config): SourceSettings {
    return { readTimeoutMs: readTimeout, dumpPackets };
  }

  protected override openSource(order: SourceOrder, settings: SourceSettings, logger: Logger): HlsSource {
    return new HlsSource(order, { gateway: this.parts.gateway, timers: this.timers, settings, logger });
  }

  protected override reading(config: Config): StreamReading<undefined, FromStream> {
    return { limits: NO_QUEUE, start: { at: 'windowStart' }, makerOf: (path) => this.streamOf(path, config) };
  }

  protected override async listen(
    config: Config,
    components: ReadonlySet<Component>,
    paths: ReaderPaths<undefined, FromStream>,
  ): Promise<void> {
    if (!components.has('hls') || !config.hls) return;
    const { gateway } = this.parts;
    const logger = this.parts.logger.child('HLS');
    this.muxers = new Muxers({ gateway, paths, logger, closeAfterMs: config.hlsMuxerCloseAfter, directory: config.hlsDirectory });
    this.server = await HlsServer.open(config, { gateway, muxers: this.muxers, finder: this.finder, logger });
    this.listeners.set('hls', this.server);
    if (!config.hlsAlwaysRemux) return;
    this.alwaysRemux = new AlwaysRemux(this.muxers, () => gateway.control.livePaths());
    this.alwaysRemux.start();
  }

  protected override pathLogger(path: string): Logger {
    return this.parts.logger.child('HLS').child(`muxer ${path}`);
  }

  protected override async close(reason: string, components: ReadonlySet<Component>): Promise<void> {
    this.server = undefined;
    this.alwaysRemux?.stop();
    this.alwaysRemux = undefined;
    this.muxers?.closeAll(reason); // requests that wait are answered
    await super.close(reason, components);
  }

  private streamOf(path: string, config: Config): FromStream {
    return new FromStream({
      variant: config.hlsVariant,
      segmentCount: config.hlsSegmentCount,
      maxSegmentBytes: config.hlsSegmentMaxSize,
      warn: (message) => this.pathLogger(path).warn(message),
      onProgress: () => this.muxers?.get(path)?.progressed(),
      onFailure: (reason) => this.muxers?.get(path)?.failed(reason),
    });
  }
}
