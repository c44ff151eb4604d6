import { isIP } from 'node:net';
import type { Log, UdpDestination, UdpRemote, UdpSocket } from '@mediamesh/net';
import { RateLimitedCounter } from '@mediamesh/platform';
import { UDP_PRIORITY, isStun, readStunMessage } from '@mediamesh/webrtc';
import type { StunMessage, TransportAddress } from '@mediamesh/webrtc';
import { MAX_PATHS_A_PEER } from './mux-peers.ts';
import type { MuxPeer, MuxPeers, PathBase, PeerPath } from './mux-peers.ts';

/** A port that checks can be sent from. */
class UdpBase implements PathBase {
  readonly type = 'host';
  readonly priority = UDP_PRIORITY;
  private readonly socket: UdpSocket;

  constructor(socket: UdpSocket) {
    this.socket = socket;
  }

  reaches(address: string): boolean {
    return this.socket.local.address === '::' || isIP(address) === isIP(this.socket.local.address);
  }

  sendTo({ address, port }: TransportAddress, bytes: Uint8Array): void {
    this.socket.send(bytes, this.socket.destination(address, port));
  }

  prefer(): void {}
}

class UdpPath implements PeerPath {
  readonly remote: UdpRemote;
  readonly protocol = 'udp';
  readonly queuedBytes = 0;
  readonly base: PathBase;
  private readonly socket: UdpSocket;
  private readonly destination: UdpDestination;

  constructor(base: PathBase, socket: UdpSocket, remote: UdpRemote) {
    this.base = base;
    this.socket = socket;
    this.remote = remote;
    this.destination = socket.destination(remote.address, remote.port);
  }

  get local(): { readonly address: string; readonly port: number } {
    return this.socket.local;
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.destination);
  }

  sendBatch(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): number {
    return this.socket.sendBatch(buffer, offsets, sizes, count, this.destination);
  }
}

interface KnownPath {
  readonly peer: MuxPeer;
  readonly path: PeerPath;
}

/**
 * One UDP port for all sessions: checks find theirs by user fragment, everything else by the address that a valid check came from.
 *
 * Trust:  what comes from an address that no check has validated reaches no session.
 * Errors: none leave: what a datagram should not have brought about is logged, once a second.
 * Source: RFC 7983 for telling STUN from the rest.
 */
export class UdpMux {
  readonly base: PathBase;
  /** Takes answers of STUN servers; returns whether it was one. */
  onServerAnswer: (message: StunMessage) => boolean = () => false;
  private readonly socket: UdpSocket;
  private readonly peers: MuxPeers;
  private readonly byAddress = new Map<string, KnownPath>();
  private readonly pathsOf = new Map<MuxPeer, Set<string>>();
  private readonly failed: RateLimitedCounter;
  /** From strangers: no check was valid. */
  refusedDatagrams = 0;

  constructor(socket: UdpSocket, peers: MuxPeers, log: Log) {
    this.base = new UdpBase(socket);
    this.socket = socket;
    this.peers = peers;
    this.failed = new RateLimitedCounter((count, last) => log('error', `internal error, ${count} datagrams are lost, last was: ${last}`));
    socket.onError = (error) => this.failed.add(1, error.message);
    socket.onMessage = (bytes, remote) => this.receive(bytes, remote);
  }

  get local(): { readonly address: string; readonly port: number } {
    return this.socket.local;
  }

  forget(peer: MuxPeer): void {
    for (const key of this.pathsOf.get(peer) ?? []) if (this.byAddress.get(key)?.peer === peer) this.byAddress.delete(key);
    this.pathsOf.delete(peer);
  }

  close(): Promise<void> {
    this.failed.stop();
    return this.socket.close();
  }

  private receive(bytes: Uint8Array, remote: UdpRemote): void {
    if (isStun(bytes)) return this.check(bytes, remote);
    const known = this.byAddress.get(remote.key);
    if (known === undefined) this.refusedDatagrams++;
    else known.peer.receive(bytes, known.path);
  }

  private check(bytes: Uint8Array, remote: UdpRemote): void {
    const message = readStunMessage(bytes);
    const peer = message && this.peers.of(message);
    if (peer === undefined) {
      if (message === undefined || !this.onServerAnswer(message)) this.refusedDatagrams++;
      return;
    }
    const known = this.byAddress.get(remote.key);
    const path = known?.peer === peer ? known.path : new UdpPath(this.base, this.socket, remote);
    if (!peer.receiveStun(message!, bytes, path)) this.refusedDatagrams++;
    else if (known?.peer !== peer) this.learn(peer, path);
  }

  private learn(peer: MuxPeer, path: PeerPath): void {
    const { key } = path.remote;
    const paths = this.pathsOf.get(peer) ?? new Set<string>();
    this.pathsOf.set(peer, paths);
    const [oldest] = paths;
    if (oldest !== undefined && paths.size >= MAX_PATHS_A_PEER) {
      paths.delete(oldest);
      if (this.byAddress.get(oldest)?.peer === peer) this.byAddress.delete(oldest);
    }
    paths.add(key);
    this.byAddress.set(key, { peer, path });
  }
}
