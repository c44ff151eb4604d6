import type { UdpDestination, UdpRemote, UdpSocket } from '@mediamesh/net';

/** Who gets what a client's address sends. */
export interface UdpPeer {
  /** RTP of a publisher, RTCP of both. */
  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void;
  /** What `packet` threw: the end of this session only. */
  failed(error: unknown): void;
}

interface Registration {
  readonly peer: UdpPeer;
  readonly mediaIndex: number;
}

/** Where the packets of one media go to, and come from. */
export interface UdpMedia {
  readonly rtp: UdpDestination;
  readonly rtcp: UdpDestination;
}

/**
 * The RTP and RTCP sockets of a listener: finds the session of each datagram by its source address.
 * Datagrams from addresses that no session has set up are dropped, and counted.
 */
export class UdpPorts {
  readonly rtp: UdpSocket;
  readonly rtcp: UdpSocket;
  strayDatagrams = 0;
  private readonly rtpPeers = new Map<string, Registration>();
  private readonly rtcpPeers = new Map<string, Registration>();

  constructor(rtp: UdpSocket, rtcp: UdpSocket) {
    this.rtp = rtp;
    this.rtcp = rtcp;
    rtp.onMessage = (bytes, remote) => this.dispatch(this.rtpPeers, false, bytes, remote);
    rtcp.onMessage = (bytes, remote) => this.dispatch(this.rtcpPeers, true, bytes, remote);
  }

  get ports(): readonly [number, number] {
    return [this.rtp.local.port, this.rtcp.local.port];
  }

  /** A text says why not: another session uses these ports of that client, or nothing can be sent there. */
  register(address: string, clientPorts: readonly [number, number], mediaIndex: number, peer: UdpPeer): UdpMedia | string {
    let rtp: UdpDestination;
    let rtcp: UdpDestination;
    try {
      rtp = this.rtp.destination(address, clientPorts[0]);
      rtcp = this.rtcp.destination(address, clientPorts[1]);
    } catch (error) {
      if (error instanceof TypeError) return error.message;
      throw error;
    }
    if (this.rtpPeers.has(rtp.key) || this.rtcpPeers.has(rtcp.key))
      return `UDP ports ${clientPorts.join(' and ')} are already assigned to another reader with the same IP`;
    this.rtpPeers.set(rtp.key, { peer, mediaIndex });
    this.rtcpPeers.set(rtcp.key, { peer, mediaIndex });
    return { rtp, rtcp };
  }

  unregister(media: UdpMedia): void {
    this.rtpPeers.delete(media.rtp.key);
    this.rtcpPeers.delete(media.rtcp.key);
  }

  async close(): Promise<void> {
    await Promise.all([this.rtp.close(), this.rtcp.close()]);
  }

  private dispatch(peers: Map<string, Registration>, rtcp: boolean, bytes: Uint8Array, remote: UdpRemote): void {
    const registration = peers.get(remote.key);
    if (registration === undefined) {
      this.strayDatagrams++;
      return;
    }
    try {
      registration.peer.packet(registration.mediaIndex, rtcp, bytes);
    } catch (error) {
      registration.peer.failed(error);
    }
  }
}
