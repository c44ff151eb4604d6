import { localUfragOf } from '@mediamesh/webrtc';
import type { IcePeer, StunMessage } from '@mediamesh/webrtc';

/** How a session sends to its peer. */
export interface PeerPath {
  readonly remote: IcePeer;
  readonly local: { readonly address: string; readonly port: number };
  readonly protocol: 'udp' | 'tcp';
  /** What waits for the peer; none where the network takes or loses it at once. */
  readonly queuedBytes: number;
  send(bytes: Uint8Array): void;
  /** Returns how many were taken. */
  sendBatch(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): number;
}

/** A session, as the listeners know it. */
export interface MuxPeer {
  /** A check for one of its user fragments. Returns whether the path is the peer's. */
  check(message: StunMessage, bytes: Uint8Array, path: PeerPath): boolean;
  /** DTLS, SRTP or SRTCP from a path whose check was valid. */
  receive(bytes: Uint8Array, path: PeerPath): void;
  /** Nothing comes from there, or goes there, any more. */
  pathClosed(path: PeerPath): void;
}

/** All sessions by the user fragments that checks name them with. */
export class MuxPeers {
  private readonly byUfrag = new Map<string, MuxPeer>();

  get ufragCount(): number {
    return this.byUfrag.size;
  }

  add(ufrag: string, peer: MuxPeer): void {
    this.byUfrag.set(ufrag, peer);
  }

  removeUfrag(ufrag: string): void {
    this.byUfrag.delete(ufrag);
  }

  remove(peer: MuxPeer): void {
    for (const [ufrag, other] of this.byUfrag) if (other === peer) this.byUfrag.delete(ufrag);
  }

  /** Whom a message is for; undefined when it is for nobody here. */
  of(message: StunMessage): MuxPeer | undefined {
    const ufrag = localUfragOf(message);
    return ufrag === undefined ? undefined : this.byUfrag.get(ufrag);
  }
}
