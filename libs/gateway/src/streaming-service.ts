import type { Component, Config } from '@mediamesh/config';
import type { ForwardOrder } from '@mediamesh/contracts';
import type { HubLimits } from '@mediamesh/media';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { FollowedConfig } from './followed-config.ts';
import { Forwards } from './forwards.ts';
import type { ForwardConnection } from './forwards.ts';
import type { GatewayService, GatewayServiceParts } from './gateway-module.ts';
import type { PathFeed } from './path-feed.ts';
import { ReaderPaths } from './reader-paths.ts';
import type { FrameMaker, ReaderPathsOptions } from './reader-paths.ts';
import { Sources } from './sources.ts';
import type { PulledSource, SourceOrder } from './sources.ts';

/** A reader's queue takes at least a large key frame. */
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;

/** What a protocol is called, by control and in the log. */
export interface StreamingProtocol {
  readonly name: string;
  /** Of the sources that it pulls, as orders name it. */
  readonly sourceType: string;
  /** Its listeners; a change that restarts one of them, or the path manager, opens it again. */
  readonly listeners: readonly Component[];
  /** Its paths are read anew when this restarts: `pathManager`, or a listener, which restarts with it. */
  readonly readsWith: Component;
}

/** What a protocol decides of how paths are read. */
export type StreamReading<Frame, Maker extends FrameMaker<Frame>> = Omit<ReaderPathsOptions<Frame, Maker>, 'bus' | 'counters' | 'log'>;

interface Listener {
  close(): Promise<void>;
}

/**
 * The service of a gateway that carries streams: its listeners, and what it reads, pulls and pushes, as the configuration says.
 * A protocol adds how each of them is opened.
 */
export abstract class StreamingService<Frame, Maker extends FrameMaker<Frame>, SourceSettings> implements GatewayService {
  readonly forwards: Forwards<Frame, Maker> | undefined;
  protected readonly parts: GatewayServiceParts;
  protected readonly timers: TimerWheel;
  protected readonly config: FollowedConfig;
  /** Those that are open. */
  protected readonly listeners = new Map<Component, Listener>();
  private readonly protocol: StreamingProtocol;
  private readonly sources: Sources<SourceSettings>;
  private paths: ReaderPaths<Frame, Maker> | undefined;
  private stopTimers: () => void = () => {};

  constructor(parts: GatewayServiceParts, protocol: StreamingProtocol, timers = createTimerWheel()) {
    const { gateway, logger } = parts;
    this.parts = parts;
    this.timers = timers;
    this.protocol = protocol;
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger,
      component: `${protocol.name} source`,
      open: (order, settings, log) => this.openSource(order, settings, log),
    });
    if (this.openForward !== undefined) {
      this.forwards = new Forwards<Frame, Maker>({ gateway, logger, open: (order, feed, log) => this.openForward!(order, feed, log) });
    }
    this.config = new FollowedConfig({
      ...parts,
      components: [...protocol.listeners, 'pathManager'],
      adopt: (config) => this.sources.configure(this.sourceSettings(config)),
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
    await Promise.all([this.sources.close('terminated'), this.forwards?.close(), this.config.stop()]);
    this.parts.gateway.stop();
    this.stopTimers();
  }

  async available(path: string, epoch: number, _sourceOnDemand: boolean): Promise<void> {
    await this.paths?.available(path, epoch);
  }

  unavailable(path: string, epoch: number, reason: string): void {
    this.paths?.unavailable(path, epoch, reason);
  }

  startSource(order: SourceOrder): void {
    const { sourceId, path, sourceType } = order;
    if (sourceType === this.protocol.sourceType) this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not there yet`);
  }

  stopSource(sourceId: string, reason: string): void {
    this.sources.stop(sourceId, reason);
  }

  reconfigure(): Promise<void> {
    return this.config.reconfigure();
  }

  /** For sources that start from now on. */
  protected abstract sourceSettings(config: Config): SourceSettings;

  protected abstract openSource(order: SourceOrder, settings: SourceSettings, logger: Logger): PulledSource;

  /** Absent where the protocol pushes to no server. */
  protected openForward?(order: ForwardOrder, feed: PathFeed<Frame, Maker>, logger: Logger): ForwardConnection;

  /** How its paths are read. */
  protected abstract reading(config: Config): StreamReading<Frame, Maker>;

  /** Those of its listeners that are among these components. Errors: of listeners and certificates. */
  protected abstract listen(config: Config, components: ReadonlySet<Component>, paths: ReaderPaths<Frame, Maker>): Promise<void>;

  protected pathLogger(path: string): Logger {
    return this.parts.logger.child(`path ${path}`);
  }

  protected async close(reason: string, components: ReadonlySet<Component>): Promise<void> {
    const closing = [...this.listeners].filter(([component]) => components.has(component));
    for (const [component] of closing) this.listeners.delete(component);
    await Promise.all(closing.map(([, listener]) => listener.close()));
    if (components.has(this.protocol.readsWith)) this.paths?.closeAll(reason);
  }

  private open(config: Config, components: ReadonlySet<Component>): Promise<void> {
    if (this.paths === undefined || components.has(this.protocol.readsWith)) this.paths = this.openPaths(config);
    return this.listen(config, components, this.paths);
  }

  private openPaths(config: Config): ReaderPaths<Frame, Maker> {
    const { bus, outbound: counters } = this.parts.gateway;
    const paths = new ReaderPaths<Frame, Maker>({
      ...this.reading(config),
      bus,
      counters,
      log: (level, path, message) => this.pathLogger(path)[level](message),
    });
    this.forwards?.read(paths);
    return paths;
  }
}

/** A reader's queue, of as many writes of this size as the configuration says. */
export function queueLimits({ writeQueueSize }: Config, writeBytes: number): HubLimits {
  return { maxQueuePackets: writeQueueSize, maxQueueBytes: Math.max(MIN_QUEUE_BYTES, writeQueueSize * writeBytes) };
}

/** Of connections to other servers. */
export function peerTimeouts({ readTimeout, writeTimeout }: Config): { readonly readTimeoutMs: number; readonly writeTimeoutMs: number } {
  return { readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout };
}
