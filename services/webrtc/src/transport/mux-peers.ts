import { randomBytes } from 'node:crypto';
import { StunClass, TRANSACTION_ID_BYTES, localUfragOf } from '@mediamesh/webrtc';
import type { IceBase, IcePeer, StunMessage, TransportAddress } from '@mediamesh/webrtc';

/** A browser has a handful of addresses; who has more is not one. */
export const MAX_PATHS_A_PEER = 32;

/** Our end of paths: a socket, a connection, or an address at a TURN server. */
export interface PathBase extends IceBase {
  /** Of the candidate that the peer was told. */
  readonly type: 'host' | 'relay';
  /** What cannot be sent is lost. */
  sendTo(target: TransportAddress, bytes: Uint8Array): void;
  /** Media goes there from now on. */
  prefer(target: TransportAddress): void;
}

/** How a session sends to its peer. */
export interface PeerPath {
  readonly base: PathBase;
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
  /** A check for one of its user fragments, or an answer to its own. Returns whether the path is the peer's. */
  receiveStun(message: StunMessage, bytes: Uint8Array, path: PeerPath): boolean;
  /** DTLS, SRTP or SRTCP from a path whose check was valid. */
  receive(bytes: Uint8Array, path: PeerPath): void;
  /** Nothing comes from there, or goes there, any more. */
  pathClosed(path: PeerPath): void;
}

/** Of a transaction id: tells the session that asked. The other 8 bytes cannot be guessed, and answers prove more. */
const PREFIX_BYTES = 4;

/** All sessions by the user fragments that checks name them with, and by the transactions that they have begun themselves. */
export class MuxPeers {
  private readonly byUfrag = new Map<string, MuxPeer>();
  private readonly byPrefix = new Map<number, MuxPeer>();

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
    for (const [prefix, other] of this.byPrefix) if (other === peer) this.byPrefix.delete(prefix);
  }

  /** Makes transaction ids whose answers come to the peer. */
  openTransactions(peer: MuxPeer): () => Uint8Array {
    let prefix: Buffer;
    do prefix = randomBytes(PREFIX_BYTES);
    while (this.byPrefix.has(prefix.readUInt32BE()));
    this.byPrefix.set(prefix.readUInt32BE(), peer);
    return () => Buffer.concat([prefix, randomBytes(TRANSACTION_ID_BYTES - PREFIX_BYTES)]);
  }

  /** Whom a message is for; undefined when it is for nobody here. */
  of(message: StunMessage): MuxPeer | undefined {
    const { class: kind, transactionId: id } = message;
    if (kind === StunClass.success || kind === StunClass.error)
      return this.byPrefix.get(((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0);
    const ufrag = localUfragOf(message);
    return ufrag === undefined ? undefined : this.byUfrag.get(ufrag);
  }
}
