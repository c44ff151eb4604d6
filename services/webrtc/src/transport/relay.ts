import type { CryptoPort } from '@mediamesh/bytes';
import { remoteKey } from '@mediamesh/net';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import { TurnClient, channelMessages, isStun, readStunMessage, relayCandidate } from '@mediamesh/webrtc';
import type { IceCandidateLine, IcePeer, TransportAddress } from '@mediamesh/webrtc';
import { isRelayable } from './checkable-address.ts';
import type { UsableIceServer } from './ice-server-pool.ts';
import { MAX_PATHS_A_PEER } from './mux-peers.ts';
import type { MuxPeer, PathBase, PeerPath } from './mux-peers.ts';
import { openTurnTransport } from './turn-transport.ts';
import type { TurnTransport, TurnTransportOptions } from './turn-transport.ts';

/** Of requests that are sent again, after half a second at the earliest. */
const ALLOCATING_TICK_MS = 200;
const ALLOCATED_TICK_MS = 1_000;

/** A TURN server that gives no address. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
}

export interface RelayOptions extends TurnTransportOptions {
  readonly crypto: CryptoPort;
  /** Among our servers: earlier ones are preferred. */
  readonly index: number;
}

/** An address at a TURN server, for one session: what peers send there comes to us. */
export class Relay implements PathBase {
  readonly type = 'relay';
  readonly candidate: IceCandidateLine;
  readonly transport: TurnTransport;
  readonly turn: TurnClient;
  private readonly timers: TimerWheel;
  /** From addresses that a check has proven. */
  private readonly paths = new Map<string, RelayPath>();
  private peer: MuxPeer | undefined;
  private readonly timer: WheelTimer;
  private isClosed = false;

  /** Errors: RelayError, the signal's reason. Nothing is left then. */
  static async open({ at, username, password }: UsableIceServer, options: RelayOptions): Promise<Relay> {
    const { crypto, signal } = options;
    const transport = await openTurnTransport(at, options).catch((error: unknown) => {
      throw new RelayError(error instanceof Error ? error.message : String(error), { cause: error });
    });
    const turn = new TurnClient(crypto, { username, password }, transport.isReliable);
    try {
      await allocate(transport, turn, options);
      signal.throwIfAborted();
      return new Relay(transport, turn, options);
    } catch (error) {
      for (const message of turn.close()) transport.send(message);
      transport.close();
      throw error;
    }
  }

  private constructor(transport: TurnTransport, turn: TurnClient, { timers, index }: RelayOptions) {
    this.transport = transport;
    this.turn = turn;
    this.timers = timers;
    this.candidate = relayCandidate(turn.relayed!, index);
    transport.onMessage = (message) => this.receive(message);
    transport.onClose = () => this.lose();
    this.timer = timers.schedule(ALLOCATED_TICK_MS, () => this.tick());
  }

  get priority(): number {
    return this.candidate.priority;
  }

  reaches(address: string): boolean {
    return isRelayable(address);
  }

  /** Once, before anything can have come. */
  open(peer: MuxPeer): void {
    this.peer = peer;
  }

  sendTo(target: TransportAddress, bytes: Uint8Array): void {
    this.sendAll(this.turn.sendTo(target, bytes, this.timers.nowMs()));
  }

  prefer(target: TransportAddress): void {
    this.sendAll(this.turn.bind(target, this.timers.nowMs()));
  }

  /** Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.peer = undefined;
    this.timers.cancel(this.timer);
    this.transport.onClose = () => {};
    this.sendAll(this.turn.close());
    this.transport.close();
  }

  private tick(): void {
    this.sendAll(this.turn.tick(this.timers.nowMs()));
    if (this.turn.state === 'failed') return this.lose();
    this.timers.reschedule(this.timer, ALLOCATED_TICK_MS);
  }

  /** Errors: ParseError of a stream, which ends it. */
  private receive(message: Uint8Array): void {
    const { send, data } = this.turn.receive(message, this.timers.nowMs());
    this.sendAll(send);
    if (data === undefined || this.peer === undefined) return;
    const key = remoteKey(data.from.address, data.from.port);
    if (isStun(data.bytes)) return this.receiveStun(key, data.from, data.bytes);
    const path = this.paths.get(key);
    if (path !== undefined) this.peer.receive(data.bytes, path);
  }

  private receiveStun(key: string, from: TransportAddress, bytes: Uint8Array): void {
    const message = readStunMessage(bytes);
    if (message === undefined) return;
    const path = this.paths.get(key) ?? new RelayPath(this, { ...from, key });
    if (!this.peer!.receiveStun(message, bytes, path)) return;
    this.paths.set(key, path);
    if (this.paths.size > MAX_PATHS_A_PEER) this.paths.delete(this.paths.keys().next().value!);
  }

  private lose(): void {
    const { peer } = this;
    const [path] = this.paths.values();
    this.close();
    if (path !== undefined) peer?.pathClosed(path);
  }

  private sendAll(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.transport.send(message);
  }
}

class RelayPath implements PeerPath {
  readonly base: Relay;
  readonly remote: IcePeer;
  readonly protocol = 'udp';
  readonly local: TransportAddress;

  constructor(base: Relay, remote: IcePeer) {
    this.base = base;
    this.remote = remote;
    this.local = base.turn.relayed!;
  }

  get queuedBytes(): number {
    return this.base.transport.queuedBytes;
  }

  send(bytes: Uint8Array): void {
    this.base.sendTo(this.remote, bytes);
  }

  sendBatch(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): number {
    const { turn, transport } = this.base;
    const channel = turn.channelOf(this.remote);
    if (channel !== undefined)
      return transport.sendBatch(channelMessages(buffer, { offsets, sizes, count }, channel, transport.isReliable));
    // The channel is about to come.
    for (let i = 0; i < count; i++) this.send(Buffer.from(buffer.subarray(offsets[i], offsets[i]! + sizes[i]!)));
    return count;
  }
}

/** Errors: RelayError, the signal's reason. */
function allocate(transport: TurnTransport, turn: TurnClient, { timers, signal }: RelayOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const sendAll = (messages: readonly Uint8Array[]): void => messages.forEach((message) => transport.send(message));
    const timer = timers.schedule(ALLOCATING_TICK_MS, () => {
      sendAll(turn.tick(timers.nowMs()));
      look();
      if (turn.state === 'allocating') timers.reschedule(timer, ALLOCATING_TICK_MS);
    });
    const settle = (error?: Error): void => {
      timers.cancel(timer);
      signal.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = (): void => {
      if (turn.state === 'allocated') settle();
      if (turn.state === 'failed') settle(new RelayError(turn.failure));
    };
    const abort = (): void => settle(signal.reason as Error);
    signal.addEventListener('abort', abort);
    transport.onMessage = (message) => {
      sendAll(turn.receive(message, timers.nowMs()).send);
      look();
    };
    transport.onClose = () => settle(new RelayError('it has closed the connection'));
    sendAll(turn.start(timers.nowMs()));
    if (signal.aborted) abort();
  });
}
