import type { Component, Config } from '@mediamesh/config';
import type { ForwardOrder } from '@mediamesh/contracts';
import { StreamingService, queueLimits } from '@mediamesh/gateway';
import type { GatewayServiceParts, PathFeed, ReaderPaths, SourceOrder, StreamReading } from '@mediamesh/gateway';
import { DtlsContext, OpenSslUnavailableError } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { WhipForward } from './forward/whip-forward.ts';
import { FromStream } from './from-stream.ts';
import type { OutgoingFrame } from './from-stream.ts';
import { SessionDirectory } from './server/session-directory.ts';
import { WebRtcServer } from './server/webrtc-server.ts';
import { WhepSource } from './source/whep-source.ts';

/** A packet of the largest size. */
const PACKET_BYTES = 1_500;

/** The WebRTC gateway. */
export class WebRtcService extends StreamingService<OutgoingFrame, FromStream, Config> {
  readonly sessions: SessionDirectory;
  private dtls: DtlsContext | undefined;
  private server: WebRtcServer | undefined;

  constructor(parts: GatewayServiceParts, timers?: TimerWheel) {
    super(parts, { name: 'WebRTC', sourceType: 'webRTCSource', listeners: ['webrtc'], readsWith: 'webrtc' }, timers);
    this.sessions = new SessionDirectory(parts.client, parts.gateway.instance);
  }

  /** What is held for peers, connected or not. */
  get occupancy(): { readonly ufrags: number; readonly dtlsSessions: number } {
    return { ufrags: this.server?.ufragCount ?? 0, dtlsSessions: this.dtls?.sessionCount ?? 0 };
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.dtls?.close();
  }

  protected override sourceSettings(config: Config): Config {
    return config;
  }

  protected override openSource(order: SourceOrder, config: Config, logger: Logger): WhepSource {
    const { gateway, crypto } = this.parts;
    return new WhepSource(order, { gateway, crypto, timers: this.timers, dtls: () => this.openDtls(), config, logger });
  }

  protected override openForward(order: ForwardOrder, feed: PathFeed<OutgoingFrame, FromStream>, logger: Logger): WhipForward {
    const { gateway, crypto } = this.parts;
    const { timers, config } = this;
    return new WhipForward(order, { gateway, crypto, timers, dtls: () => this.openDtls(), config: config.current, feed, logger });
  }

  protected override reading(config: Config): StreamReading<OutgoingFrame, FromStream> {
    return { limits: queueLimits(config, PACKET_BYTES), makerOf: () => new FromStream() };
  }

  protected override async listen(
    config: Config,
    components: ReadonlySet<Component>,
    paths: ReaderPaths<OutgoingFrame, FromStream>,
  ): Promise<void> {
    if (!components.has('webrtc') || !config.webrtc || !this.isPossible()) return;
    const { gateway, logger, crypto } = this.parts;
    const { sessions, timers } = this;
    const dtls = this.openDtls();
    this.server = await WebRtcServer.open(config, { gateway, paths, sessions, crypto, timers, dtls, logger: logger.child('WebRTC') });
    this.listeners.set('webrtc', this.server);
  }

  /** What stands in the way of WebRTC alone is said, and concerns nothing else. */
  private isPossible(): boolean {
    const logger = this.parts.logger.child('WebRTC');
    try {
      this.openDtls();
      return true;
    } catch (error) {
      if (!(error instanceof OpenSslUnavailableError)) throw error;
      logger.error(`WebRTC is off: ${error.message}`, error);
      return false;
    }
  }

  /** Errors: OpenSslUnavailableError. */
  private openDtls(): DtlsContext {
    return (this.dtls ??= new DtlsContext());
  }
}
