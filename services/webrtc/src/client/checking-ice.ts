import { isIP } from 'node:net';
import type { CryptoPort } from '@mediamesh/bytes';
import type { Config } from '@mediamesh/config';
import { openUdpSocket } from '@mediamesh/net';
import type { Log, UdpRemote, UdpSocket } from '@mediamesh/net';
import { CHECK_INTERVAL_MS, IceCheckingAgent, hostCandidates, isStun, readStunMessage } from '@mediamesh/webrtc';
import type { IceCandidateLine, IceCredentials, IceDatagram, RemoteCandidate, RemoteIce } from '@mediamesh/webrtc';
import { HostAddresses } from '../server/host-addresses.ts';
import type { PeerPath } from '../transport/mux-peers.ts';
import type { IceListener, PeerIce } from '../transport/peer-ice.ts';
import { UdpPath } from '../transport/udp-mux.ts';

const CONSENT_TICK_MS = 1_000;

export interface CheckingIceOptions {
  readonly crypto: CryptoPort;
  readonly config: Config;
  readonly log: Log;
}

/** The client's side of ICE: a UDP port of its own, and the agent that checks the server's addresses from there. */
export class CheckingIce implements PeerIce {
  private readonly socket: UdpSocket;
  private readonly config: Config;
  private readonly agent: IceCheckingAgent;
  /** Of addresses that the peer has proven to be its own. */
  private readonly paths = new Map<string, PeerPath>();
  private listener: IceListener | undefined;
  private isNominated = false;
  private timer: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;

  /** Errors: ListenError. */
  static async open(options: CheckingIceOptions): Promise<CheckingIce> {
    const socket = await openUdpSocket({ address: ':0', log: options.log, readBufferBytes: options.config.udpReadBufferSize });
    return new CheckingIce(socket, options);
  }

  private constructor(socket: UdpSocket, { crypto, config }: CheckingIceOptions) {
    this.socket = socket;
    this.config = config;
    this.agent = new IceCheckingAgent(crypto);
    socket.onMessage = (bytes, remote) => this.receive(bytes, remote);
  }

  get credentials(): IceCredentials {
    return this.agent.credentials;
  }

  get remoteType(): RemoteCandidate['type'] {
    return this.agent.selected?.type ?? 'prflx';
  }

  /** Of all interfaces, whatever the server of this machine is told to use: this port is another. */
  get candidates(): readonly IceCandidateLine[] {
    const { local } = this.socket;
    const everywhere = new HostAddresses({ ...this.config, webrtcIPsFromInterfaces: true, webrtcIPsFromInterfacesList: [] });
    return hostCandidates('udp', everywhere.ofInterfaces(local), local.port);
  }

  open(listener: IceListener): void {
    this.listener = listener;
  }

  /** The answer is there: checks begin. */
  check({ ufrag, password, candidates }: RemoteIce): void {
    const isDual = this.socket.local.address.includes(':');
    // Without a zone, and in a form that the system takes.
    const reachable = candidates.filter(({ address }) => isIP(address) === 4 || (isDual && isIP(address) === 6));
    this.agent.setRemote({ ufrag, password, candidates: reachable });
    this.timer = setInterval(() => this.tick(), CHECK_INTERVAL_MS);
    this.tick();
  }

  hasLostConsent(): boolean {
    return this.agent.hasLostConsent(performance.now());
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.timer);
    this.listener = undefined;
    this.closing ??= this.socket.close();
  }

  private tick(): void {
    this.send(this.agent.tick(performance.now()));
  }

  /** Hot: once a packet. */
  private receive(bytes: Uint8Array, remote: UdpRemote): void {
    if (isStun(bytes)) return this.receiveStun(bytes, remote);
    if (this.paths.has(remote.key)) this.listener?.receive(bytes);
  }

  private receiveStun(bytes: Uint8Array, remote: UdpRemote): void {
    const message = readStunMessage(bytes);
    if (message === undefined) return;
    const { send, proven } = this.agent.receive(message, bytes, remote, performance.now());
    this.send(send);
    if (!proven) return;
    const known = this.paths.get(remote.key);
    const path = known ?? new UdpPath(this.socket, remote);
    this.paths.set(remote.key, path);
    if (this.isNominated) return;
    const isNominated = this.agent.selected !== undefined;
    // DTLS need not wait for the nomination.
    if (this.paths.size === 1 || isNominated) this.listener?.select(path);
    if (isNominated) this.nominated();
  }

  private nominated(): void {
    this.isNominated = true;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), CONSENT_TICK_MS);
  }

  private send(datagrams: readonly IceDatagram[]): void {
    for (const { bytes, address, port } of datagrams) this.socket.send(bytes, this.socket.destination(address, port));
  }
}
