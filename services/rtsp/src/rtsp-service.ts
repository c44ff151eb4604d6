import type { Component, Config } from '@mediamesh/config';
import type { ForwardOrder } from '@mediamesh/contracts';
import { StreamingService, peerTimeouts, queueLimits } from '@mediamesh/gateway';
import type { GatewayServiceParts, PathFeed, ReaderPaths, SourceOrder, StreamReading } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { AuthMethod } from '@mediamesh/rtsp';
import { RtspForward } from './forward/rtsp-forward.ts';
import { FromStream } from './from-stream.ts';
import type { RtspFrame } from './from-stream.ts';
import { RtspServer, plainAddresses, secureAddresses } from './server/rtsp-server.ts';
import { RangeGroups, parseRangeShare } from './server/multicast/multicast-groups.ts';
import type { ListenerSettings } from './server/server-settings.ts';
import { RtspSource } from './source/rtsp-source.ts';
import type { SourceSettings } from './source/source-options.ts';

/** A packet of the largest size. */
const PACKET_BYTES = 1_500;
/** RTP header; SRTP's tag as well when encryption is on. Contract 1.12. */
const RTP_OVERHEAD_BYTES = 12;
const SRTP_OVERHEAD_BYTES = 10;

type Paths = ReaderPaths<RtspFrame, FromStream>;

/** The RTSP gateway. */
export class RtspService extends StreamingService<RtspFrame, FromStream, SourceSettings> {
  private groups: RangeGroups | undefined;

  constructor(parts: GatewayServiceParts) {
    super(parts, { name: 'RTSP', sourceType: 'rtspSource', listeners: ['rtsp', 'rtsps'], readsWith: 'pathManager' });
  }

  protected override sourceSettings(config: Config): SourceSettings {
    return { ...peerTimeouts(config), udpReadBufferBytes: config.udpReadBufferSize, dumpPackets: config.dumpPackets };
  }

  protected override openSource(order: SourceOrder, settings: SourceSettings, logger: Logger): RtspSource {
    const { gateway, crypto } = this.parts;
    return new RtspSource(order, { gateway, crypto, timers: this.timers, settings, logger });
  }

  protected override openForward(order: ForwardOrder, feed: PathFeed<RtspFrame, FromStream>, logger: Logger): RtspForward {
    const { crypto } = this.parts;
    return new RtspForward(order, { crypto, timers: this.timers, feed, logger, ...peerTimeouts(this.config.current) });
  }

  protected override reading(config: Config): StreamReading<RtspFrame, FromStream> {
    const { crypto } = this.parts;
    const maxPayloadBytes = config.udpMaxPayloadSize - RTP_OVERHEAD_BYTES - (config.rtspEncryption === 'no' ? 0 : SRTP_OVERHEAD_BYTES);
    return {
      limits: queueLimits(config, PACKET_BYTES),
      makerOf: (path) => new FromStream(maxPayloadBytes, crypto, (message) => this.pathLogger(path).warn(message)),
    };
  }

  protected override async listen(config: Config, components: ReadonlySet<Component>, paths: Paths): Promise<void> {
    if (!config.rtsp) return;
    if (components.has('rtsp') && config.rtspEncryption !== 'strict') {
      this.listeners.set('rtsp', await RtspServer.open(config, plainAddresses(config), this.settings(config, paths, false)));
    }
    if (components.has('rtsps') && config.rtspEncryption !== 'no') {
      this.listeners.set('rtsps', await RtspServer.open(config, secureAddresses(config), this.settings(config, paths, true)));
    }
  }

  private settings(config: Config, paths: Paths, secure: boolean): ListenerSettings {
    const { gateway, logger, crypto } = this.parts;
    const transports = config.rtspTransports;
    return {
      secure,
      gateway,
      paths,
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
}
