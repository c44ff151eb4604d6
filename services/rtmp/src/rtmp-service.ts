import type { Component, Config } from '@mediamesh/config';
import type { ForwardOrder } from '@mediamesh/contracts';
import { StreamingService, peerTimeouts, queueLimits } from '@mediamesh/gateway';
import type { GatewayServiceParts, PathFeed, ReaderPaths, SourceOrder, StreamReading } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import { RtmpForward } from './forward/rtmp-forward.ts';
import { FromStream } from './from-stream.ts';
import type { RtmpFrame } from './rtmp-frame.ts';
import { RtmpServer } from './server/rtmp-server.ts';
import { RtmpSource } from './source/rtmp-source.ts';
import type { SourceSettings } from './source/source-options.ts';

/** A frame of a usual size. */
const FRAME_BYTES = 16 * 1024;

type Paths = ReaderPaths<RtmpFrame, FromStream>;

/** The RTMP gateway. */
export class RtmpService extends StreamingService<RtmpFrame, FromStream, SourceSettings> {
  constructor(parts: GatewayServiceParts) {
    super(parts, { name: 'RTMP', sourceType: 'rtmpSource', listeners: ['rtmp', 'rtmps'], readsWith: 'pathManager' });
  }

  protected override sourceSettings(config: Config): SourceSettings {
    return { ...peerTimeouts(config), dumpPackets: config.dumpPackets };
  }

  protected override openSource(order: SourceOrder, settings: SourceSettings, logger: Logger): RtmpSource {
    const { gateway, crypto } = this.parts;
    return new RtmpSource(order, { gateway, crypto, timers: this.timers, settings, logger });
  }

  protected override openForward(order: ForwardOrder, feed: PathFeed<RtmpFrame, FromStream>, logger: Logger): RtmpForward {
    const { crypto } = this.parts;
    return new RtmpForward(order, { crypto, timers: this.timers, feed, logger, ...peerTimeouts(this.config.current) });
  }

  protected override reading(config: Config): StreamReading<RtmpFrame, FromStream> {
    return { limits: queueLimits(config, FRAME_BYTES), makerOf: () => new FromStream() };
  }

  protected override async listen(config: Config, components: ReadonlySet<Component>, paths: Paths): Promise<void> {
    if (!config.rtmp) return;
    if (components.has('rtmp') && config.rtmpEncryption !== 'strict')
      this.listeners.set('rtmp', await this.openServer(config, paths, false));
    if (components.has('rtmps') && config.rtmpEncryption !== 'no') this.listeners.set('rtmps', await this.openServer(config, paths, true));
  }

  private openServer(config: Config, paths: Paths, secure: boolean): Promise<RtmpServer> {
    const { gateway, logger, crypto } = this.parts;
    return RtmpServer.open(config, {
      secure,
      gateway,
      paths,
      crypto,
      timers: this.timers,
      logger: logger.child(secure ? 'RTMPS' : 'RTMP'),
      readTimeoutMs: config.readTimeout,
    });
  }
}
