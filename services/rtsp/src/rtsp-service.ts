import type { ForwardOrder, ForwardStatus, sourceStart } from '@mediamesh/contracts';
import type { Config } from '@mediamesh/config';
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
import type { MulticastGroups } from './server/multicast/multicast-groups.ts';
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
  private readonly servers: RtspServer[] = [];
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
      open: (config) => this.open(config),
      close: (reason) => this.close(reason),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.stopTimers = driveTimerWheel(this.timers);
    await this.config.start(signal);
    this.parts.gateway.start();
  }

  get logSettings(): GatewayService['logSettings'] {
    return this.config.current;
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

  private configureSources({ readTimeout, writeTimeout, udpReadBufferSize }: Config): void {
    this.sources.configure({ readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout, udpReadBufferBytes: udpReadBufferSize });
  }

  private async open(config: Config): Promise<void> {
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
    if (!config.rtsp) return;
    const groups = config.rtspTransports.includes('multicast')
      ? new RangeGroups(config.multicastIPRange, parseRangeShare(this.parts.environment['MEDIAMESH_MULTICAST_SHARE']))
      : undefined;
    if (config.rtspEncryption !== 'strict')
      this.servers.push(await RtspServer.open(config, plainAddresses(config), this.settings(config, groups, false)));
    if (config.rtspEncryption !== 'no')
      this.servers.push(await RtspServer.open(config, secureAddresses(config), this.settings(config, groups, true)));
  }

  private timeouts(): { readonly readTimeoutMs: number; readonly writeTimeoutMs: number } {
    const { readTimeout, writeTimeout } = this.config.current;
    return { readTimeoutMs: readTimeout, writeTimeoutMs: writeTimeout };
  }

  private settings(config: Config, multicastGroups: MulticastGroups | undefined, secure: boolean): ListenerSettings {
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
      multicastGroups,
      authMethods: config.rtspAuthMethods.map((method): AuthMethod => (method === 'digest' ? 'digest-md5' : 'basic')),
      readTimeoutMs: config.readTimeout,
    };
  }

  private async close(reason: string): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.close()));
    this.paths?.closeAll(reason);
  }
}
