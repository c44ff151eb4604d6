import { openTcpListener } from '@mediamesh/net';
import type { Log, TcpConnection, TcpListener, TimerWheel, WheelTimer } from '@mediamesh/net';
import { FramedPackets, TCP_PRIORITY, framePackets, isStun, readStunMessage } from '@mediamesh/webrtc';
import type { IcePeer, TransportAddress } from '@mediamesh/webrtc';
import type { MuxPeer, MuxPeers, PathBase, PeerPath } from './mux-peers.ts';

/** Connections without a valid check yet. A client checks within a round trip, so the oldest one makes room for the next. */
export const MAX_UNCHECKED_CONNECTIONS = 1_024;
/** A browser has one a network interface, and a new one when its network changes; the oldest one makes room for the next. */
export const MAX_CONNECTIONS_A_PEER = 8;
/** The largest instant start (32 MiB), and what comes meanwhile: who is further behind has skipped long before. */
const MAX_QUEUED_BYTES = 48 * 1024 * 1024;

export interface TcpMuxOptions {
  readonly address: string;
  readonly addressKey: string;
  readonly peers: MuxPeers;
  readonly timers: TimerWheel;
  /** For the first valid check. */
  readonly handshakeTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly log: Log;
}

class TcpPath implements PeerPath, PathBase {
  readonly base = this;
  readonly type = 'host';
  readonly priority = TCP_PRIORITY;
  readonly remote: IcePeer;
  readonly protocol = 'tcp';
  readonly local: { readonly address: string; readonly port: number };
  private readonly connection: TcpConnection;

  constructor(connection: TcpConnection) {
    const { address, port, text: key } = connection.remote;
    this.remote = { address, port, key };
    this.local = connection.local;
    this.connection = connection;
  }

  get queuedBytes(): number {
    return this.connection.queuedBytes;
  }

  /** The one peer is there already. */
  reaches(): boolean {
    return false;
  }

  prefer(): void {}

  sendTo(_target: TransportAddress, bytes: Uint8Array): void {
    this.send(bytes);
  }

  send(bytes: Uint8Array): void {
    this.sendBatch(bytes, [0], [bytes.length], 1);
  }

  sendBatch(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): number {
    return this.connection.write(framePackets(buffer, offsets, sizes, count)) ? count : 0;
  }
}

/** A connection, from its start to its end. */
interface Client {
  readonly connection: TcpConnection;
  readonly path: TcpPath;
  readonly packets: FramedPackets;
  /** Until its first valid check. */
  readonly deadline: WheelTimer;
  /** Whose it is since then. */
  peer: MuxPeer | undefined;
  /** Nothing of it counts any more. */
  isOver: boolean;
}

/**
 * One TCP port for all sessions: the first check tells whose a connection is, and it is nobody else's ever after.
 *
 * Trust:  a connection reaches a session by a valid check only, which it has a deadline for; what comes before it ends it.
 * Errors: none leave; a connection whose framing is malformed is closed.
 * Source: RFC 6544 (passive candidates), RFC 4571 (framing).
 */
export class TcpMux {
  private readonly options: TcpMuxOptions;
  private listener!: TcpListener;
  /** In the order in which they came. */
  private readonly unchecked = new Set<Client>();
  private readonly clientsOf = new Map<MuxPeer, Set<Client>>();
  /** From strangers: no check was valid. */
  refusedPackets = 0;

  /** Errors: ListenError. */
  static async open(options: TcpMuxOptions): Promise<TcpMux> {
    const { address, addressKey, timers, writeTimeoutMs, log } = options;
    const mux = new TcpMux(options);
    const onConnection = (connection: TcpConnection): void => mux.accept(connection);
    const maxQueuedBytes = MAX_QUEUED_BYTES;
    mux.listener = await openTcpListener({ address, addressKey, timers, writeTimeoutMs, maxQueuedBytes, log, onConnection });
    return mux;
  }

  private constructor(options: TcpMuxOptions) {
    this.options = options;
  }

  get local(): { readonly address: string; readonly port: number } {
    return this.listener.local;
  }

  /** What the peer has been sent still reaches it; nothing of it counts any more. */
  forget(peer: MuxPeer): void {
    for (const client of this.clientsOf.get(peer) ?? []) {
      this.leave(client);
      client.connection.end();
    }
  }

  close(): Promise<void> {
    return this.listener.close();
  }

  private accept(connection: TcpConnection): void {
    const { timers, handshakeTimeoutMs } = this.options;
    const client: Client = {
      connection,
      path: new TcpPath(connection),
      packets: new FramedPackets(),
      deadline: timers.schedule(handshakeTimeoutMs, () => this.refuse(client)),
      peer: undefined,
      isOver: false,
    };
    connection.onData = (bytes) => this.receive(client, bytes);
    connection.onClose = (error) => this.closed(client, error);
    this.unchecked.add(client);
    if (this.unchecked.size > MAX_UNCHECKED_CONNECTIONS) this.refuse(firstOf(this.unchecked));
  }

  /** Errors: ParseError, which destroys the connection. */
  private receive(client: Client, bytes: Uint8Array): void {
    if (client.isOver) return;
    for (const packet of client.packets.push(bytes)) {
      if (isStun(packet)) this.check(client, packet);
      else if (client.peer === undefined) this.refuse(client);
      else client.peer.receive(packet, client.path);
      if (client.isOver) return;
    }
  }

  private check(client: Client, packet: Uint8Array): void {
    const message = readStunMessage(packet);
    const peer = message && this.options.peers.of(message);
    if (peer === undefined || (client.peer !== undefined && client.peer !== peer)) return this.refuse(client);
    if (!peer.receiveStun(message!, packet, client.path)) this.refusedPackets++;
    else if (client.peer === undefined) this.learn(client, peer);
  }

  private learn(client: Client, peer: MuxPeer): void {
    client.peer = peer;
    this.unchecked.delete(client);
    this.options.timers.cancel(client.deadline);
    const clients = this.clientsOf.get(peer) ?? new Set<Client>();
    this.clientsOf.set(peer, clients);
    clients.add(client);
    if (clients.size > MAX_CONNECTIONS_A_PEER) this.refuse(firstOf(clients));
  }

  private refuse(client: Client): void {
    if (client.peer === undefined) this.refusedPackets++;
    this.leave(client);
    client.connection.destroy();
  }

  private closed(client: Client, error: Error | undefined): void {
    if (error !== undefined) this.options.log('debug', `ICE connection ${client.path.remote.key}: ${error.message}`);
    this.leave(client);
  }

  private leave(client: Client): void {
    if (client.isOver) return;
    client.isOver = true;
    const { peer, path } = client;
    this.options.timers.cancel(client.deadline);
    this.unchecked.delete(client);
    if (peer === undefined) return;
    const clients = this.clientsOf.get(peer);
    clients?.delete(client);
    if (clients?.size === 0) this.clientsOf.delete(peer);
    peer.pathClosed(path);
  }
}

/** Of a set that is not empty: the one that is there longest. */
function firstOf<T>(set: ReadonlySet<T>): T {
  for (const first of set) return first;
  throw new Error('the set is empty');
}
