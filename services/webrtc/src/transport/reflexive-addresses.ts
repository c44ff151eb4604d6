import type { CryptoPort } from '@mediamesh/bytes';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import { ReflexiveAddress, TRANSACTION_ID_BYTES, reflexiveCandidates } from '@mediamesh/webrtc';
import type { IceCandidateLine, StunMessage, TransportAddress } from '@mediamesh/webrtc';
import type { UsableIceServer } from './ice-server-pool.ts';
import { resolveHost } from './resolve-host.ts';
import type { UdpMux } from './udp-mux.ts';

/** Of requests that are sent again, after half a second at the earliest. */
const TICK_MS = 200;
const RESOLVE_INTERVAL_MS = 10_000;

export interface ReflexiveAddressesOptions {
  readonly mux: UdpMux;
  readonly servers: readonly UsableIceServer[];
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
}

interface Asked {
  readonly server: UsableIceServer;
  readonly address: ReflexiveAddress;
  /** Of the server; undefined until its name is resolved. */
  target: TransportAddress | undefined;
  isResolving: boolean;
  /** Its silence was told. */
  isTold: boolean;
}

/** The addresses of a UDP port behind a NAT, as STUN servers see them: asked for once for all sessions of the port, and kept alive. */
export class ReflexiveAddresses {
  /** All servers have answered, or are not waited for any longer. */
  readonly ready: Promise<void>;
  private readonly options: ReflexiveAddressesOptions;
  private readonly asked: readonly Asked[];
  private readonly timer: WheelTimer;
  private readonly startedMs: number;
  private becomeReady: () => void;

  constructor(options: ReflexiveAddressesOptions) {
    this.options = options;
    const { servers, crypto, timers, mux } = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.becomeReady = resolve;
    this.startedMs = timers.nowMs();
    this.asked = servers.map((server) => ({
      server,
      address: new ReflexiveAddress(crypto, () => crypto.randomBytes(TRANSACTION_ID_BYTES)),
      target: undefined,
      isResolving: false,
      isTold: false,
    }));
    this.timer = timers.schedule(TICK_MS, () => this.tick());
    mux.onServerAnswer = (message) => this.receive(message);
    this.ask();
  }

  /** Those that are known now, each once. */
  get addresses(): readonly TransportAddress[] {
    const byText = new Map<string, TransportAddress>();
    for (const { address } of this.asked)
      if (address.mapped !== undefined) byText.set(`${address.mapped.address} ${address.mapped.port}`, address.mapped);
    return [...byText.values()];
  }

  close(): void {
    this.options.timers.cancel(this.timer);
    this.options.mux.onServerAnswer = () => false;
    this.becomeReady();
  }

  private receive(message: StunMessage): boolean {
    const nowMs = this.options.timers.nowMs();
    const of = this.asked.find(({ address }) => address.receive(message, nowMs));
    if (of === undefined) return false;
    if (of.address.mapped !== undefined) of.isTold = false;
    this.look(nowMs);
    return true;
  }

  private tick(): void {
    this.ask();
    this.look(this.options.timers.nowMs());
    this.options.timers.reschedule(this.timer, TICK_MS);
  }

  private ask(): void {
    const { mux, timers } = this.options;
    for (const asked of this.asked) {
      if (asked.target === undefined) {
        void this.resolve(asked);
        continue;
      }
      const request = asked.address.tick(timers.nowMs());
      if (request === undefined) continue;
      mux.base.sendTo(asked.target, request);
      if (asked.address.hasFailed) void this.resolve(asked); // it may have moved
    }
  }

  /** Who does not answer in time is skipped, with a line; it may answer later. */
  private look(nowMs: number): void {
    const { timeoutMs, warn } = this.options;
    const isLate = nowMs - this.startedMs >= timeoutMs;
    for (const asked of this.asked) {
      const { address, server } = asked;
      if (asked.isTold || address.mapped !== undefined || !(isLate || address.hasFailed)) continue;
      asked.isTold = true;
      if (server.at.scheme === 'stun')
        warn(`STUN server '${server.url}' does not answer, going on without it: check that it runs, and that UDP to it is let through`);
    }
    if (this.asked.every(({ address, isTold }) => isTold || address.mapped !== undefined)) this.becomeReady();
  }

  private async resolve(asked: Asked): Promise<void> {
    if (asked.isResolving) return;
    asked.isResolving = true;
    const { mux } = this.options;
    const target = await resolveHost(asked.server.at, (address) => mux.base.reaches(address));
    // Not at every tick.
    setTimeout(() => (asked.isResolving = false), RESOLVE_INTERVAL_MS).unref();
    const isFirst = asked.target === undefined;
    asked.target = target ?? asked.target;
    if (isFirst) this.ask();
  }
}

/** Without those that are no news: there is no NAT then. Source: RFC 8445 5.1.3. */
export function outerCandidates(reflexive: ReflexiveAddresses | undefined, host: readonly IceCandidateLine[]): readonly IceCandidateLine[] {
  const isHost = ({ address, port }: TransportAddress): boolean => host.some((known) => known.address === address && known.port === port);
  return reflexiveCandidates((reflexive?.addresses ?? []).filter((outer) => !isHost(outer)));
}
