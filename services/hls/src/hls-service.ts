import { setTimeout as delay } from 'node:timers/promises';
import { applyEnvironment, decodeDocument, diffConfig, documentFromEnvironment, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import { ReaderPaths } from '@mediamesh/gateway';
import type { Gateway, GatewayProtocol } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { ControlClient, Logger } from '@mediamesh/platform';
import type { z } from 'zod';
import { FromStream } from './from-stream.ts';
import { HlsServer } from './server/hls-server.ts';
import { Muxers } from './server/muxers.ts';
import { SessionFinder } from './server/session-finder.ts';
import type { FoundSession } from './server/session-finder.ts';
import { HlsSources } from './source/hls-sources.ts';

const RETRY_MS = 1_000;
/** Nothing is queued for the muxers: they take units as they come. */
const NO_QUEUE = { maxQueuePackets: 1, maxQueueBytes: 1 };

export interface HlsServiceParts {
  readonly gateway: Gateway;
  readonly client: ControlClient;
  readonly logger: Logger;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The HLS gateway: its listener, its muxers, and what it pulls, as the configuration says. */
export class HlsService implements GatewayProtocol {
  private readonly parts: HlsServiceParts;
  /** Asks the other gateways. */
  readonly finder: SessionFinder;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private readonly sources: HlsSources;
  private paths: ReaderPaths<undefined, FromStream> | undefined;
  private muxers: Muxers | undefined;
  private server: HlsServer | undefined;
  private config: Config | undefined;
  private stopped = false;
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: HlsServiceParts) {
    this.parts = parts;
    this.finder = new SessionFinder(parts.client, parts.gateway);
    this.sources = new HlsSources({ ...parts, timers: this.timers });
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

  /** Where it listens; undefined when it does not. */
  get url(): string | undefined {
    return this.server?.url;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.parts.gateway.drain();
    await Promise.all([this.sources.close('terminated'), this.next(() => this.close('terminated'))]);
    this.parts.gateway.stop();
    this.stopTimers();
  }

  /** Another gateway has a client that shows this. */
  findSession(secret: string, path: string, ip: string): FoundSession | undefined {
    return this.muxers?.get(path)?.session(secret, ip)?.shared();
  }

  // On control's word.

  async available(path: string, epoch: number): Promise<void> {
    await this.paths?.available(path, epoch);
    if (this.config?.hlsAlwaysRemux === true) this.muxers?.open(path, undefined, '');
  }

  unavailable(path: string, epoch: number, reason: string): void {
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

  /** What is to be opened again follows from what runs: news that were missed count too. */
  reconfigure(): Promise<void> {
    return this.next(async () => {
      const before = this.config;
      const config = await this.fetchConfig();
      if (before === undefined || this.stopped) return;
      const { restart } = diffConfig(before, config);
      if (!restart.has('hls') && !restart.has('pathManager')) return;
      await this.close('the configuration has changed');
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
    this.sources.configure({ readTimeoutMs: config.readTimeout });
    this.config = config;
    return config;
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
    this.muxers = new Muxers({ gateway, paths, logger, closeAfterMs: config.hlsMuxerCloseAfter });
    this.server = await HlsServer.open(config, { gateway, muxers: this.muxers, finder: this.finder, logger });
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
    this.muxers?.closeAll(reason); // requests that wait are answered
    await server?.close();
    this.paths?.closeAll(reason);
  }
}
