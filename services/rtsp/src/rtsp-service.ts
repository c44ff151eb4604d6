import type { ForwardOrder, ForwardStatus, sourceStart } from '@mediamesh/contracts';
import type { Component, Config } from '@mediamesh/config';
import { FollowedConfig, Forwards, ReaderPaths, Sources } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import type { AuthMethod } from '@mediamesh/rtsp';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { z } from 'zod';
import { RtspForward } from './forward/rtsp-forward.ts';
import { FromStream } from './from-stream.ts';
import type { RtspFrame } from './from-stream.ts';
import { RtspServer, plainAddresses, secureAddresses } from './server/rtsp-server.ts';
import { RangeGroups, parseRangeShare } from './server/multicast/multicast-groups.ts';
import type { ListenerSettings } from './server/server-settings.ts';
import { RtspSource } from './source/rtsp-source.ts';
import type { SourceSettings } from './source/source-options.ts';

/** A reader's queue in bytes: `writeQueueSize` packets of the largest size, and at least a large key frame. */
const PACKET_BYTES = 1_500;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;
/** RTP header; SRTP's tag as well when encryption is on. Contract 1.12. */
const RTP_OVERHEAD_BYTES = 12;
const SRTP_OVERHEAD_BYTES = 10;

/** The RTSP gateway: its listeners, and what it reads, pulls and pushes, as the configuration says. */
export class RtspService implements GatewayService {
  private readonly parts: GatewayServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private paths: ReaderPaths<RtspFrame, FromStream> | undefined;
  private readonly servers = new Map<Component, RtspServer>();
  private groups: RangeGroups | undefined;
  private readonly sources: Sources<SourceSettings>;
  private readonly forwards: Forwards<RtspFrame, FromStream>;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts) {
    this.parts = parts;
    const { gateway, crypto } = parts;
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger: parts.logger,
      component: 'RTSP source',
      open: (order, settings, logger) => new RtspSource(order, { gateway, crypto, timers: this.timers, settings, logger }),
    });
    this.forwards = new Forwards<RtspFrame, FromStream>({
      gateway,
      logger: parts.logger,
      open: (order, feed, logger) => new RtspForward(order, { crypto, timers: this.timers, feed, logger, ...this.timeouts() }),
    });
    this.config = new FollowedConfig({
      ...parts,
      components: ['rtsp', 'rtsps', 'pathManager'],
      adopt: (config) => this.configureSources(config),
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
    if (sourceType === 'rtspSource') this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not there yet`);
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

  private configureSources({ readTimeout, writeTimeout, udpReadBufferSize, dumpPackets }: Config): void {
    const settings = { readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout, udpReadBufferBytes: udpReadBufferSize, dumpPackets };
    this.sources.configure(settings);
  }

  private async open(config: Config, components: ReadonlySet<Component>): Promise<void> {
    if (components.has('pathManager')) this.openPaths(config);
    if (!config.rtsp) return;
    if (components.has('rtsp') && config.rtspEncryption !== 'strict') {
      this.servers.set('rtsp', await RtspServer.open(config, plainAddresses(config), this.settings(config, false)));
    }
    if (components.has('rtsps') && config.rtspEncryption !== 'no') {
      this.servers.set('rtsps', await RtspServer.open(config, secureAddresses(config), this.settings(config, true)));
    }
  }

  private openPaths(config: Config): void {
    const { gateway, logger } = this.parts;
    const maxPayloadBytes = config.udpMaxPayloadSize - RTP_OVERHEAD_BYTES - (config.rtspEncryption === 'no' ? 0 : SRTP_OVERHEAD_BYTES);
    this.paths = new ReaderPaths<RtspFrame, FromStream>({
      bus: gateway.bus,
      counters: gateway.outbound,
      limits: { maxQueuePackets: config.writeQueueSize, maxQueueBytes: Math.max(MIN_QUEUE_BYTES, config.writeQueueSize * PACKET_BYTES) },
      makerOf: (path) => new FromStream(maxPayloadBytes, this.parts.crypto, (message) => logger.child(`path ${path}`).warn(message)),
      log: (level, path, message) => logger.child(`path ${path}`)[level](message),
    });
    this.forwards.read(this.paths);
  }

  private timeouts(): { readonly readTimeoutMs: number; readonly writeTimeoutMs: number } {
    const { readTimeout, writeTimeout } = this.config.current;
    return { readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout };
  }

  private settings(config: Config, secure: boolean): ListenerSettings {
    const { gateway, logger, crypto } = this.parts;
    const transports = config.rtspTransports;
    return {
      secure,
      gateway,
      paths: this.paths!,
      crypto,
      timers: this.timers,
      logger: logger.child(secure ? 'RTSPS' : 'RTSP'),
      transports: { tcp: transports.includes('tcp'), udp: transports.includes('udp'), multicast: transports.includes('multicast') },
      multicastGroups: transports.includes('multicast') ? this.groupsOf(config) : undefined,
      authMethods: config.rtspAuthMethods.map((method): AuthMethod => (method === 'digest' ? 'digest-md5' : 'basic')),
      readTimeoutMs: config.readTimeout,
    };
  }

  /** Both listeners take from the same range, and one of them may stay while the other is opened again. */
  private groupsOf({ multicastIPRange }: Config): RangeGroups {
    if (this.groups?.range !== multicastIPRange) {
      this.groups = new RangeGroups(multicastIPRange, parseRangeShare(this.parts.environment['MEDIAMESH_MULTICAST_SHARE']));
    }
    return this.groups;
  }

  private async close(reason: string, components: ReadonlySet<Component>): Promise<void> {
    const closing = [...this.servers].filter(([component]) => components.has(component));
    for (const [component] of closing) this.servers.delete(component);
    await Promise.all(closing.map(([, server]) => server.close()));
    if (components.has('pathManager')) this.paths?.closeAll(reason);
  }
}
