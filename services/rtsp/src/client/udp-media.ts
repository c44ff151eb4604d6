import { isIP } from 'node:net';
import { ListenError, openUdpPair, openUdpSocket } from '@mediamesh/net';
import type { DumpTarget, Log, UdpDestination, UdpRemote, UdpSocket } from '@mediamesh/net';
import type { PortPair } from '@mediamesh/rtsp';
import type { UdpRoute } from '../reader-transport.ts';

/** An RTP header without payload: enough for a firewall, and nothing for the server. */
const PUNCH_RTP = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

export interface UdpMediaOptions {
  readonly portRange: readonly [number, number];
  readonly readBufferBytes: number;
  readonly dump?: DumpTarget | undefined;
  readonly log: Log;
  /** Hot: once a datagram. */
  readonly onPacket: (rtcp: boolean, bytes: Uint8Array) => void;
  readonly onError: (error: Error) => void;
}

/** What the server has agreed to send. */
export interface UdpPeerPorts {
  readonly address: string;
  /** Undefined where it names none. */
  readonly ports: PortPair | undefined;
  /** Packets may come from other ports too (`rtspAnyPort`). */
  readonly anyPort: boolean;
}

/**
 * The RTP and RTCP sockets of one media. What comes from elsewhere than the server is dropped, and counted.
 *
 * Errors: `open` and `join` reject with ListenError, or TypeError where the machine has no interface for the group.
 */
export class UdpMedia {
  readonly ports: PortPair;
  strayDatagrams = 0;
  private readonly rtp: UdpSocket;
  private readonly rtcp: UdpSocket;
  private readonly onPacket: UdpMediaOptions['onPacket'];
  private isGroup = false;
  private address: string | undefined;
  private expected: PortPair | undefined;
  private rtpDestination: UdpDestination | undefined;
  /** Where the server receives; if it has not said it, where it was seen to send from. */
  private rtcpDestination: UdpDestination | undefined;

  /** A pair of local ports for a server of this address. */
  static async open(serverAddress: string, options: UdpMediaOptions): Promise<UdpMedia> {
    const { portRange, readBufferBytes, dump, log } = options;
    const host = isIP(serverAddress) === 6 ? '[::]' : '0.0.0.0';
    const { rtp, rtcp } = await openUdpPair({ host, portRange, readBufferBytes, dump, log });
    return new UdpMedia(rtp, rtcp, options);
  }

  /** Receives a group's packets, as far as they come from `source`. */
  static async join(group: string, ports: PortPair, source: string, options: UdpMediaOptions): Promise<UdpMedia> {
    if (!isMulticast(group) || ports.includes(0)) throw new ListenError('INVALID_ADDRESS', 'the server gives no multicast group and ports');
    const { readBufferBytes, dump, log } = options;
    const host = isIP(group) === 6 ? `[${group}]` : group;
    const opened: UdpSocket[] = [];
    try {
      for (const port of ports) {
        const socket = await openUdpSocket({ address: `${host}:${port}`, reuseAddress: true, readBufferBytes, dump, log });
        opened.push(socket);
        socket.joinGroup(group);
      }
    } catch (error) {
      for (const socket of opened) await socket.close();
      throw error;
    }
    const media = new UdpMedia(opened[0]!, opened[1]!, options);
    media.isGroup = true;
    media.address = source;
    return media;
  }

  private constructor(rtp: UdpSocket, rtcp: UdpSocket, options: UdpMediaOptions) {
    this.rtp = rtp;
    this.rtcp = rtcp;
    this.onPacket = options.onPacket;
    this.ports = [rtp.local.port, rtcp.local.port];
    rtp.onMessage = (bytes, remote) => this.received(false, bytes, remote);
    rtcp.onMessage = (bytes, remote) => this.received(true, bytes, remote);
    rtp.onError = options.onError;
    rtcp.onError = options.onError;
  }

  /** From now on the server's packets are taken. */
  agreed({ address, ports, anyPort }: UdpPeerPorts): void {
    this.address = address;
    this.expected = anyPort ? undefined : ports;
    if (ports === undefined) return;
    this.rtpDestination = this.rtp.destination(address, ports[0]);
    this.rtcpDestination = this.rtcp.destination(address, ports[1]);
  }

  /** For the firewalls on the way of the server's packets. */
  punch(rtcp: Uint8Array): void {
    if (this.rtpDestination === undefined) return;
    this.rtp.send(PUNCH_RTP, this.rtpDestination);
    this.sendRtcp(rtcp);
  }

  /** Where our packets go; undefined where the server names no ports. */
  get rtpRoute(): UdpRoute | undefined {
    return this.rtpDestination && { socket: this.rtp, destination: this.rtpDestination };
  }

  sendRtcp(bytes: Uint8Array): void {
    if (this.rtcpDestination !== undefined) this.rtcp.send(bytes, this.rtcpDestination);
  }

  async close(): Promise<void> {
    await Promise.all([this.rtp.close(), this.rtcp.close()]);
  }

  private received(rtcp: boolean, bytes: Uint8Array, remote: UdpRemote): void {
    const { expected } = this;
    if (remote.address !== this.address || (expected !== undefined && remote.port !== expected[rtcp ? 1 : 0])) {
      this.strayDatagrams++;
      return;
    }
    if (rtcp && this.rtcpDestination === undefined && !this.isGroup)
      this.rtcpDestination = this.rtcp.destination(remote.address, remote.port);
    this.onPacket(rtcp, bytes);
  }
}

/** Where the server sends from: what it says, if that is an address that our socket can know. */
export function senderAddress(serverAddress: string, said: string | undefined): string {
  return said !== undefined && isIP(said) !== 0 && isIP(said) === isIP(serverAddress) ? said : serverAddress;
}

function isMulticast(address: string): boolean {
  switch (isIP(address)) {
    case 4: {
      const first = Number.parseInt(address, 10);
      return first >= 224 && first <= 239;
    }
    case 6:
      return /^ff/i.test(address);
    default:
      return false;
  }
}
