import type { Component, Config } from '@mediamesh/config';
import type { ForwardOrder, ForwardStatus, sourceStart } from '@mediamesh/contracts';
import { FollowedConfig, Forwards, ReaderPaths, Sources } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { z } from 'zod';
import { RtmpForward } from './forward/rtmp-forward.ts';
import { FromStream } from './from-stream.ts';
import type { RtmpFrame } from './rtmp-frame.ts';
import { RtmpServer } from './server/rtmp-server.ts';
import { RtmpSource } from './source/rtmp-source.ts';
import type { SourceSettings } from './source/source-options.ts';

/** A reader's queue in bytes: `writeQueueSize` frames of a usual size, and at least a large key frame. */
const FRAME_BYTES = 16 * 1024;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;

/** The RTMP gateway: its listeners, and what it reads and pulls, as the configuration says. */
export class RtmpService implements GatewayService {
  private readonly parts: GatewayServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private paths: ReaderPaths<RtmpFrame, FromStream> | undefined;
  private readonly servers = new Map<Component, RtmpServer>();
  private readonly sources: Sources<SourceSettings>;
  private readonly forwards: Forwards<RtmpFrame, FromStream>;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts) {
    this.parts = parts;
    const { gateway, crypto } = parts;
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger: parts.logger,
      component: 'RTMP source',
      open: (order, settings, logger) => new RtmpSource(order, { gateway, crypto, timers: this.timers, settings, logger }),
    });
    this.forwards = new Forwards<RtmpFrame, FromStream>({
      gateway,
      logger: parts.logger,
      open: (order, feed, logger) => new RtmpForward(order, { crypto, timers: this.timers, feed, logger, ...this.timeouts() }),
    });
    this.config = new FollowedConfig({
      ...parts,
      components: ['rtmp', 'rtmps', 'pathManager'],
      adopt: ({ readTimeout, writeTimeout, dumpPackets }) =>
        this.sources.configure({ readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout, dumpPackets }),
      open: (config, components) => this.open(config, components),
      close: (reason, components) => this.close(reason, components),
    });
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
    if (sourceType === 'rtmpSource') this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not of the RTMP gateway`);
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

  private async open(config: Config, components: ReadonlySet<Component>): Promise<void> {
    if (components.has('pathManager')) this.openPaths(config);
    if (!config.rtmp) return;
    if (components.has('rtmp') && config.rtmpEncryption !== 'strict') this.servers.set('rtmp', await this.openServer(config, false));
    if (components.has('rtmps') && config.rtmpEncryption !== 'no') this.servers.set('rtmps', await this.openServer(config, true));
  }

  private openPaths(config: Config): void {
    const { gateway, logger } = this.parts;
    this.paths = new ReaderPaths<RtmpFrame, FromStream>({
      bus: gateway.bus,
      counters: gateway.outbound,
      limits: { maxQueuePackets: config.writeQueueSize, maxQueueBytes: Math.max(MIN_QUEUE_BYTES, config.writeQueueSize * FRAME_BYTES) },
      makerOf: () => new FromStream(),
      log: (level, path, message) => logger.child(`path ${path}`)[level](message),
    });
    this.forwards.read(this.paths);
  }

  private timeouts(): { readonly readTimeoutMs: number; readonly writeTimeoutMs: number } {
    const { readTimeout, writeTimeout } = this.config.current;
    return { readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout };
  }

  private openServer(config: Config, secure: boolean): Promise<RtmpServer> {
    const { gateway, logger, crypto } = this.parts;
    return RtmpServer.open(config, {
      secure,
      gateway,
      paths: this.paths!,
      crypto,
      timers: this.timers,
      logger: logger.child(secure ? 'RTMPS' : 'RTMP'),
      readTimeoutMs: config.readTimeout,
    });
  }

  private async close(reason: string, components: ReadonlySet<Component>): Promise<void> {
    const closing = [...this.servers].filter(([component]) => components.has(component));
    for (const [component] of closing) this.servers.delete(component);
    await Promise.all(closing.map(([, server]) => server.close()));
    if (components.has('pathManager')) this.paths?.closeAll(reason);
  }
}
