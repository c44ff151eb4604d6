import type { MuxPeer } from './mux-peers.ts';
import { MuxPeers } from './mux-peers.ts';
import type { TcpMux } from './tcp-mux.ts';
import type { UdpMux } from './udp-mux.ts';

/** The ports that all sessions share: one of UDP, one of TCP, or either. */
export class IceMux {
  readonly peers = new MuxPeers();
  udp: UdpMux | undefined;
  tcp: TcpMux | undefined;

  get isEmpty(): boolean {
    return this.udp === undefined && this.tcp === undefined;
  }

  add(ufrag: string, peer: MuxPeer): void {
    this.peers.add(ufrag, peer);
  }

  removeUfrag(ufrag: string): void {
    this.peers.removeUfrag(ufrag);
  }

  /** Nothing reaches the peer any more. */
  remove(peer: MuxPeer): void {
    this.peers.remove(peer);
    this.udp?.forget(peer);
    this.tcp?.forget(peer);
  }

  async close(): Promise<void> {
    await this.udp?.close();
    await this.tcp?.close();
  }
}
