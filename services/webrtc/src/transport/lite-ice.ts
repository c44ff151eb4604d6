import type { CryptoPort } from '@mediamesh/bytes';
import type { TimerWheel } from '@mediamesh/net';
import { CONSENT_LIFETIME_MS, IceLiteAgent } from '@mediamesh/webrtc';
import type { IceCredentials, StunMessage } from '@mediamesh/webrtc';
import type { IceMux } from './ice-mux.ts';
import type { MuxPeer, PeerPath } from './mux-peers.ts';
import type { IceListener, PeerIce } from './peer-ice.ts';

export interface LiteIceOptions {
  readonly crypto: CryptoPort;
  readonly mux: IceMux;
  readonly timers: TimerWheel;
}

/** The server's side of ICE for one client, which checks the addresses that it was told. */
export class LiteIce implements PeerIce, MuxPeer {
  readonly isLite = true;
  /** We know the client by its checks only. */
  readonly remoteType = 'prflx';
  private readonly options: LiteIceOptions;
  private agents: readonly IceLiteAgent[];
  private listener!: IceListener;
  private selected: PeerPath | undefined;
  private isNominated = false;
  private heardMs: number;

  constructor(options: LiteIceOptions) {
    this.options = options;
    this.heardMs = options.timers.nowMs();
    this.agents = [new IceLiteAgent(options.crypto)];
  }

  /** What the answer tells. */
  get credentials(): IceCredentials {
    return this.agents.at(-1)!.credentials;
  }

  open(listener: IceListener): void {
    this.listener = listener;
    this.options.mux.add(this.credentials.ufrag, this);
  }

  /** The client does. */
  check(): void {}

  addCandidates(): void {}

  /** ICE restart: new credentials, beside the old ones until the client checks with them. */
  restart(): IceCredentials {
    const { crypto, mux } = this.options;
    const agent = new IceLiteAgent(crypto);
    if (this.agents.length > 1) mux.removeUfrag(this.agents[0]!.credentials.ufrag);
    this.agents = [this.agents.at(-1)!, agent];
    mux.add(agent.credentials.ufrag, this);
    return agent.credentials;
  }

  receiveStun(message: StunMessage, bytes: Uint8Array, path: PeerPath): boolean {
    for (const agent of this.agents) {
      const outcome = agent.receive(message, bytes, path.remote);
      if (outcome.kind === 'ignored') continue;
      path.send(outcome.bytes);
      if (!outcome.valid) return false;
      this.heardMs = this.options.timers.nowMs();
      if (outcome.nominated || !this.isNominated) this.select(path);
      if (outcome.nominated) this.isNominated = true;
      return true;
    }
    return false;
  }

  /** The next valid check says where media goes on. */
  pathClosed(path: PeerPath): void {
    if (this.selected !== path) return;
    this.selected = undefined;
    this.isNominated = false;
    this.listener.lose();
  }

  receive(bytes: Uint8Array): void {
    this.listener.receive(bytes);
  }

  hasLostConsent(nowMs: number): boolean {
    return nowMs - this.heardMs > CONSENT_LIFETIME_MS;
  }

  close(): void {
    this.options.mux.remove(this);
  }

  private select(path: PeerPath): void {
    this.selected = path;
    this.listener.select(path);
  }
}
