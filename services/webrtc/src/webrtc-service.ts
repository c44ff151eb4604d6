import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@mediamesh/contracts';
import type { sourceStart } from '@mediamesh/contracts';
import { applyEnvironment, decodeDocument, diffConfig, documentFromEnvironment, nodeFromJson, resolveConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { GatewayProtocol } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger, NodeCrypto } from '@mediamesh/platform';
import type { z } from 'zod';
import { DtlsContext } from './dtls/dtls-context.ts';
import { OpenSslUnavailableError } from './dtls/openssl.ts';
import { FromStream } from './from-stream.ts';
import type { WebRtcFrame } from './from-stream.ts';
import { WebRtcServer } from './server/webrtc-server.ts';

/** A reader's queue in bytes: `writeQueueSize` packets of the largest size, and at least a large key frame. */
const PACKET_BYTES = 1_500;
const MIN_QUEUE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1_000;

export interface WebRtcServiceParts {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly crypto: NodeCrypto;
  /** Of this process: overrides what control says. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The WebRTC gateway: its listeners, and what it reads, as the configuration says. */
export class WebRtcService implements GatewayProtocol {
  private readonly parts: WebRtcServiceParts;
  private readonly timers: TimerWheel = createTimerWheel();
  private stopTimers: () => void = () => {};
  private dtls: DtlsContext | undefined;
  private paths: ReaderPaths<WebRtcFrame, FromStream> | undefined;
  private server: WebRtcServer | undefined;
  private config: Config | undefined;
  private stopped = false;
  /** Openings and closings, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: WebRtcServiceParts) {
    this.parts = parts;
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
    await this.next(() => this.closeServer());
    this.paths?.closeAll('terminated');
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

  /** What is to be opened again follows from what runs: news that were missed count too. */
  reconfigure(): Promise<void> {
    return this.next(async () => {
      const before = this.config;
      const config = await this.fetchConfig();
      if (before === undefined || this.stopped) return;
      const { restart } = diffConfig(before, config);
      if (!restart.has('webrtc') && !restart.has('pathManager')) return;
      await this.closeServer();
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
    this.config = config;
    return config;
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
    const { paths, timers } = this;
    const dtls = this.dtls!;
    this.server = await WebRtcServer.open(config, { gateway, paths, crypto, timers, dtls, logger: logger.child('WebRTC') });
  }

  /** What stands in the way of WebRTC alone is said, and concerns nothing else. */
  private isPossible({ webrtcLocalUDPAddress, webrtcLocalTCPAddress }: Config): boolean {
    const logger = this.parts.logger.child('WebRTC');
    if (webrtcLocalTCPAddress !== '') logger.warn("'webrtcLocalTCPAddress' is not there yet: media goes over UDP only");
    if (webrtcLocalUDPAddress === '') {
      logger.error("WebRTC is off: it needs 'webrtcLocalUDPAddress'");
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

  private async closeServer(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.close();
  }
}
