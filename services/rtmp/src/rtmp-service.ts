import { setTimeout as delay } from 'node:timers/promises';
import { applyEnvironment, decodeDocument, diffConfig, documentFromEnvironment, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import { ReaderPaths, Sources } from '@mediamesh/gateway';
import type { Gateway, GatewayProtocol } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger, NodeCrypto } from '@mediamesh/platform';
import type { z } from 'zod';
import { FromStream } from './from-stream.ts';
import type { RtmpFrame } from './rtmp-frame.ts';
import { RtmpServer } from './server/rtmp-server.ts';
import { RtmpSource } from './source/rtmp-source.ts';
import type { SourceSettings } from './source/source-options.ts';

/** A reader's queue in bytes: `writeQueueSize` frames of a usual size, and at least a large key frame. */
const FRAME_BYTES = 16 * 1024;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1_000;

export interface RtmpServiceParts {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly crypto: NodeCrypto;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The RTMP gateway: its listeners, and what it reads and pulls, as the configuration says. */
export class RtmpService implements GatewayProtocol {
  private readonly parts: RtmpServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private paths: ReaderPaths<RtmpFrame, FromStream> | undefined;
  private readonly servers: RtmpServer[] = [];
  private readonly sources: Sources<SourceSettings>;
  private config: Config | undefined;
  private stopped = false;
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: RtmpServiceParts) {
    this.parts = parts;
    const { gateway, crypto } = parts;
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger: parts.logger,
      component: 'RTMP source',
      open: (order, settings, logger) => new RtmpSource(order, { gateway, crypto, timers: this.timers, settings, logger }),
    });
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
    if (sourceType === 'rtmpSource') this.sources.start(order);
    else this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not of the RTMP gateway`);
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
      if (!restart.has('rtmp') && !restart.has('rtmps') && !restart.has('pathManager')) return;
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
    this.sources.configure({ readTimeoutMs: config.readTimeout, writeTimeoutMs: config.writeTimeout });
    this.config = config;
    return config;
  }

  private async open(config: Config): Promise<void> {
    const { gateway, logger } = this.parts;
    this.paths = new ReaderPaths<RtmpFrame, FromStream>({
      bus: gateway.bus,
      counters: gateway.outbound,
      limits: { maxQueuePackets: config.writeQueueSize, maxQueueBytes: Math.max(MIN_QUEUE_BYTES, config.writeQueueSize * FRAME_BYTES) },
      makerOf: () => new FromStream(),
      log: (level, path, message) => logger.child(`path ${path}`)[level](message),
    });
    if (!config.rtmp) return;
    if (config.rtmpEncryption !== 'strict') this.servers.push(await this.openServer(config, false));
    if (config.rtmpEncryption !== 'no') this.servers.push(await this.openServer(config, true));
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

  private async closeServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.close()));
  }
}
