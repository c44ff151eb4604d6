import type { PeerPath } from './mux-peers.ts';

/** What a connection is told of the way to its peer. */
export interface IceListener {
  /** Media goes there from now on. */
  select(path: PeerPath): void;
  /** The way that was selected is closed: nothing can be sent until another is. */
  lose(): void;
  /** DTLS, SRTP or SRTCP, from an address that the peer has proven to be its own. */
  receive(bytes: Uint8Array): void;
}

/** Finds the way to a peer, and watches it. */
export interface PeerIce {
  /** How MediaMTX calls the kind of the peer's candidate. */
  readonly remoteType: 'host' | 'srflx' | 'prflx' | 'relay';
  /** Once, before anything can have come. */
  open(listener: IceListener): void;
  /** The peer has not consented to receive for too long. */
  hasLostConsent(nowMs: number): boolean;
  close(): void;
}
