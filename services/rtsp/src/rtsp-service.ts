import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import { applyEnvironment, decodeDocument, diffConfig, documentFromEnvironment, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { GatewayProtocol } from '@mediamesh/gateway';
import type { AuthMethod } from '@mediamesh/rtsp';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger, NodeCrypto } from '@mediamesh/platform';
import type { z } from 'zod';
import { FromStream } from './from-stream.ts';
import type { RtspFrame } from './from-stream.ts';
import { RtspServer, plainAddresses, secureAddresses } from './server/rtsp-server.ts';
import { RangeGroups, parseRangeShare } from './server/multicast/multicast-groups.ts';
import type { MulticastGroups } from './server/multicast/multicast-groups.ts';
import type { ListenerSettings } from './server/server-settings.ts';
import { RtspSources } from './source/rtsp-sources.ts';

/** A reader's queue in bytes: `writeQueueSize` packets of the largest size, and at least a large key frame. */
const PACKET_BYTES = 1_500;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1_000;
/** RTP header; SRTP's tag as well when encryption is on. Contract 1.12. */
const RTP_OVERHEAD_BYTES = 12;
const SRTP_OVERHEAD_BYTES = 10;

export interface RtspServiceParts {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly crypto: NodeCrypto;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The RTSP gateway: its listeners, and what it reads and pulls, as the configuration says. */
export class RtspService implements GatewayProtocol {
  private readonly parts: RtspServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private paths: ReaderPaths<RtspFrame, FromStream> | undefined;
  private readonly servers: RtspServer[] = [];
  private readonly sources: RtspSources;
  private config: Config | undefined;
  private stopped = false;
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: RtspServiceParts) {
    this.parts = parts;
    this.sources = new RtspSources({ ...parts, timers: this.timers });
  }

  /** Waits until control is there. Errors: ListenError, CertificateError; ConfigError of what this instance overrides; the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    this.stopTimers = driveTimerWheel(this.timers);
    await this.next(async () => this.open(await this.firstConfig(signal)));
    this.parts.gateway.start();
  }

  /** What of the configuration concerns the process. Errors: before `start`. */
  get logSettings(): Pick<Config, 'logLevel' | 'logDestinations' | 'logStructured' | 'logFile' | 'sysLogPrefix'> {
    if (this.config === undefined) throw new Error('the configuration is not there yet');
    return this.config;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.parts.gateway.drain();
    await Promise.all([this.sources.close('terminated'), this.next(() => this.closeServers())]);
    this.paths?.closeAll('terminated');
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

  /** What is to be opened again follows from what runs: news that were missed count too. */
  reconfigure(): Promise<void> {
    return this.next(async () => {
      const before = this.config;
      const config = await this.fetchConfig();
      if (before === undefined || this.stopped) return;
      const { restart } = diffConfig(before, config);
      if (!restart.has('rtsp') && !restart.has('rtsps') && !restart.has('pathManager')) return;
      await this.closeServers();
      this.paths?.closeAll('the configuration has changed');
      await this.open(config);
    });
  }

  private next(step: () => Promise<void>): Promise<void> {
    const done = this.work.then(step);
    this.work = done.catch(() => {}); // whoever asked for it is told
    return done;
  }

  private async firstConfig(signal: AbortSignal): Promise<Config> {
    for (let said = false; ; said = true) {
      try {
        return await this.fetchConfig();
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        if (!said) this.parts.logger.warn(`waiting for the control service: ${error.message}`);
      }
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  private async fetchConfig(): Promise<Config> {
    const { gateway, environment } = this.parts;
    const { config: json, revision } = await gateway.control.config();
    const document = decodeDocument(nodeFromJson(json));
    documentFromEnvironment(environment); // what this instance overrides must be valid by itself
    const { config } = resolveConfig(applyEnvironment(document, environment));
    gateway.configure(revision, config);
    const { readTimeout: readTimeoutMs, writeTimeout: writeTimeoutMs, udpReadBufferSize: udpReadBufferBytes } = config;
    this.sources.configure({ readTimeoutMs, writeTimeoutMs, udpReadBufferBytes });
    this.config = config;
    return config;
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
    if (!config.rtsp) return;
    const groups = config.rtspTransports.includes('multicast')
      ? new RangeGroups(config.multicastIPRange, parseRangeShare(this.parts.environment['MEDIAMESH_MULTICAST_SHARE']))
      : undefined;
    if (config.rtspEncryption !== 'strict')
      this.servers.push(await RtspServer.open(config, plainAddresses(config), this.settings(config, groups, false)));
    if (config.rtspEncryption !== 'no')
      this.servers.push(await RtspServer.open(config, secureAddresses(config), this.settings(config, groups, true)));
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

  private async closeServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.close()));
  }
}
