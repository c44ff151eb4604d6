import type { CryptoPort } from '@mediamesh/bytes';
import { RateLimitedCounter } from '@mediamesh/platform';
import type { Logger } from '@mediamesh/platform';
import { serializeRtcpCompound } from '@mediamesh/rtp';
import { serializeInterleavedFrame } from '@mediamesh/rtsp';
import type { ClientMedia, PortPair } from '@mediamesh/rtsp';
import { TcpReaderTransport, UdpReaderTransport } from '../reader-transport.ts';
import type { ReaderTransport } from '../reader-transport.ts';
import type { ControlChannel } from './control-channel.ts';
import { MediaSecurity } from './media-security.ts';
import { UdpMedia, senderAddress } from './udp-media.ts';
import type { UdpMediaOptions } from './udp-media.ts';

export interface ClientMediasOptions {
  readonly crypto: CryptoPort;
  readonly logger: Logger;
  readonly anyPort: boolean;
  /** Media comes from the server; else it goes there. */
  readonly receives: boolean;
  readonly udp: Pick<UdpMediaOptions, 'portRange' | 'readBufferBytes' | 'dump'>;
  /** As it came: `unprotect` it. */
  readonly onUdpPacket: (mediaIndex: number, rtcp: boolean, bytes: Uint8Array) => void;
  readonly onError: (error: Error) => void;
}

/** How the packets of each media of a session travel: sockets, channels, keys. By media index. */
export class ClientMedias {
  private readonly options: ClientMediasOptions;
  private readonly udp: (UdpMedia | undefined)[] = [];
  private readonly security: (MediaSecurity | undefined)[] = [];
  private readonly channels: (PortPair | undefined)[] = [];
  private readonly refused: RateLimitedCounter;
  private ssrc: number | undefined;
  private tcp = false;
  private closed = false;

  constructor(options: ClientMediasOptions) {
    this.options = options;
    this.refused = new RateLimitedCounter((count) =>
      options.logger.warn(`${count} SRTP ${count === 1 ? 'packet' : 'packets'} refused: wrong keys, or tampered with`),
    );
  }

  /** What our key messages say: of the first media, as its reports have one for all. Undefined without keys. */
  get receiverSsrc(): number | undefined {
    return this.ssrc;
  }

  get overTcp(): boolean {
    return this.tcp;
  }

  /** Errors: ListenError when no ports are free. */
  async bind(mediaIndex: number, serverAddress: string): Promise<PortPair> {
    const media = await UdpMedia.open(serverAddress, this.udpOptions(mediaIndex));
    await this.keep(mediaIndex, media);
    return media.ports;
  }

  add({ mediaIndex, transport, keys }: ClientMedia, serverAddress: string): void {
    const { crypto, anyPort, receives, onError } = this.options;
    const security = keys === undefined ? undefined : new MediaSecurity(crypto, keys);
    this.security[mediaIndex] = security;
    this.ssrc ??= keys?.client.streams[0]?.ssrc;
    const address = receives && transport.protocol !== 'tcp' ? senderAddress(serverAddress, transport.source) : serverAddress;
    switch (transport.protocol) {
      case 'tcp':
        this.tcp = true;
        this.channels[mediaIndex] = transport.channels;
        void this.udp[mediaIndex]?.close(); // it was offered, and not taken
        this.udp[mediaIndex] = undefined;
        break;
      case 'udp': {
        const media = this.udp[mediaIndex]!;
        media.agreed({ address, ports: transport.serverPorts, anyPort });
        if (!receives) break;
        const punch = serializeRtcpCompound([{ type: 'receiverReport', ssrc: keys?.client.streams[0]?.ssrc ?? 0, reports: [] }]);
        media.punch(security?.protectRtcp(punch) ?? punch);
        break;
      }
      case 'multicast':
        UdpMedia.join(transport.address, transport.ports, address, this.udpOptions(mediaIndex)).then(
          (media) => this.keep(mediaIndex, media),
          onError,
        );
    }
  }

  /** Undefined: it is refused. */
  unprotect(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): Uint8Array | undefined {
    const security = this.security[mediaIndex];
    if (security === undefined) return bytes;
    const before = security.refusedPackets;
    const plain = security.unprotect(rtcp, bytes);
    if (security.refusedPackets > before) this.refused.add(1);
    return plain;
  }

  sendRtcp(mediaIndex: number, bytes: Uint8Array, channel: ControlChannel): void {
    const packet = this.security[mediaIndex]?.protectRtcp(bytes) ?? bytes;
    const channels = this.channels[mediaIndex];
    if (channels !== undefined) channel.write(serializeInterleavedFrame(channels[1], packet));
    else this.udp[mediaIndex]?.sendRtcp(packet);
  }

  /** For a stream that is pushed: its packets are plain, and in no tunnel. */
  outgoing({ tcp }: ControlChannel): ReaderTransport {
    if (!this.tcp) {
      const routes = this.udp.map((media) => media?.rtpRoute);
      return new UdpReaderTransport(routes, false);
    }
    const channels = this.channels.map((pair) => pair?.[0]);
    return new TcpReaderTransport(tcp, channels, false);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.refused.stop();
    await Promise.all(this.udp.filter((media) => media !== undefined).map((media) => media.close()));
  }

  private async keep(mediaIndex: number, media: UdpMedia): Promise<void> {
    if (this.closed) await media.close();
    else this.udp[mediaIndex] = media;
  }

  private udpOptions(mediaIndex: number): UdpMediaOptions {
    const { udp, logger, onUdpPacket, onError } = this.options;
    return {
      ...udp,
      log: (level, message) => logger[level](message),
      onPacket: (rtcp, bytes) => onUdpPacket(mediaIndex, rtcp, bytes),
      onError,
    };
  }
}
