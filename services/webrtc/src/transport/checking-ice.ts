import type { CryptoPort } from '@mediamesh/bytes';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import { CHECK_INTERVAL_MS, CONSENT_LIFETIME_MS, IceCheckingAgent } from '@mediamesh/webrtc';
import type { IceCredentials, IceDatagram, IceRole, RemoteCandidate, RemoteIce, StunMessage } from '@mediamesh/webrtc';
import { isCheckable } from './checkable-address.ts';
import type { MuxPeer, PathBase, PeerPath } from './mux-peers.ts';
import type { IceListener, PeerIce } from './peer-ice.ts';
import type { Relay } from './relay.ts';
import type { CheckingPorts } from './session-ports.ts';

const CONSENT_TICK_MS = 1_000;

export interface CheckingIceOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly ports: CheckingPorts;
  /** The ports are those of other sessions, too, and stay open. */
  readonly isShared: boolean;
  readonly relays: readonly Relay[];
  readonly role: IceRole;
  /** Whether candidates on this machine are checked: of servers that the configuration names, not of whoever sends an offer. */
  readonly allowsLoopback: boolean;
}

type Agent = IceCheckingAgent<PathBase>;

/** ICE with checks of our own, from the ports that we have and from addresses at TURN servers. */
export class CheckingIce implements PeerIce, MuxPeer {
  readonly isLite = false;
  private readonly options: CheckingIceOptions;
  private readonly newTransactionId: () => Uint8Array;
  /** The one before an ICE restart lives until the peer uses the new one. */
  private agents: readonly Agent[];
  private listener: IceListener | undefined;
  private selected: PeerPath | undefined;
  private checks: NodeJS.Timeout | undefined;
  private readonly consent: WheelTimer;
  /** At any of the agents: who restarts ICE and is never seen again is gone, too. */
  private heardMs: number;
  private isClosed = false;

  constructor(options: CheckingIceOptions) {
    this.options = options;
    this.heardMs = options.timers.nowMs();
    this.newTransactionId = options.ports.mux.peers.openTransactions(this);
    this.agents = [this.newAgent()];
    this.consent = options.timers.schedule(CONSENT_TICK_MS, () => this.tickConsent());
  }

  get credentials(): IceCredentials {
    return this.newest.credentials;
  }

  get remoteType(): RemoteCandidate['type'] {
    return this.newest.selected?.remote.type ?? 'prflx';
  }

  open(listener: IceListener): void {
    this.listener = listener;
    this.options.ports.mux.add(this.credentials.ufrag, this);
    for (const relay of this.options.relays) relay.open(this);
  }

  /** What the peer says of itself is known: checks begin. */
  check({ ufrag, password, candidates }: RemoteIce): void {
    this.newest.setRemote({ ufrag, password, candidates: this.checkable(candidates) });
    clearInterval(this.checks);
    this.checks = setInterval(() => this.tick(), CHECK_INTERVAL_MS);
    this.tick();
  }

  addCandidates(candidates: readonly RemoteCandidate[]): void {
    this.newest.addCandidates(this.checkable(candidates));
  }

  restart(remote: RemoteIce): IceCredentials {
    const { mux } = this.options.ports;
    for (const { credentials } of this.agents.slice(0, -1)) mux.removeUfrag(credentials.ufrag);
    this.agents = [this.newest, this.newAgent()];
    mux.add(this.credentials.ufrag, this);
    this.check(remote);
    return this.credentials;
  }

  receiveStun(message: StunMessage, bytes: Uint8Array, path: PeerPath): boolean {
    const { base, remote } = path;
    const { address, port } = remote;
    for (const agent of this.agents) {
      const { send, proven, selects } = agent.receive(message, bytes, { base, address, port }, this.nowMs);
      this.send(send);
      if (selects && agent === this.newest) this.select(path);
      if (!proven) continue;
      this.heardMs = this.nowMs;
      return true;
    }
    return false;
  }

  receive(bytes: Uint8Array): void {
    this.listener?.receive(bytes);
  }

  /** The peer's next checks say where media goes on. */
  pathClosed({ base }: PeerPath): void {
    for (const agent of this.agents) agent.removeBase(base);
    if (this.selected?.base !== base) return;
    this.selected = undefined;
    this.listener?.lose();
  }

  hasLostConsent(nowMs: number): boolean {
    return this.newest.hasLostConsent(nowMs) || nowMs - this.heardMs > CONSENT_LIFETIME_MS;
  }

  /** Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { ports, isShared, relays, timers } = this.options;
    clearInterval(this.checks);
    timers.cancel(this.consent);
    this.listener = undefined;
    ports.mux.remove(this);
    for (const relay of relays) relay.close();
    if (!isShared) void ports.close();
  }

  private get newest(): Agent {
    return this.agents.at(-1)!;
  }

  private get nowMs(): number {
    return this.options.timers.nowMs();
  }

  private newAgent(): Agent {
    const { crypto, role, ports, relays } = this.options;
    const { udp } = ports.mux;
    const bases = udp === undefined ? relays : [udp.base, ...relays];
    return new IceCheckingAgent({ crypto, role, bases, newTransactionId: this.newTransactionId });
  }

  private checkable(candidates: readonly RemoteCandidate[]): readonly RemoteCandidate[] {
    return candidates.filter(({ address }) => isCheckable(address, this.options.allowsLoopback));
  }

  private select(path: PeerPath): void {
    const old = this.agents.slice(0, -1);
    for (const { credentials } of old) this.options.ports.mux.removeUfrag(credentials.ufrag);
    this.agents = [this.newest];
    this.selected = path;
    path.base.prefer(path.remote);
    this.listener?.select(path);
  }

  private tick(): void {
    for (const agent of this.agents) this.send(agent.tick(this.nowMs));
    if (this.newest.selected !== undefined) clearInterval(this.checks); // consent is asked for from now on
  }

  private tickConsent(): void {
    this.send(this.newest.tick(this.nowMs));
    this.options.timers.reschedule(this.consent, CONSENT_TICK_MS);
  }

  private send(datagrams: readonly IceDatagram<PathBase>[]): void {
    for (const { base, bytes, address, port } of datagrams) base.sendTo({ address, port }, bytes);
  }
}
