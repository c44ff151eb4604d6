import type { CryptoPort } from '@mediamesh/bytes';
import type { Log, TimerWheel } from '@mediamesh/net';
import { parseIceServerUrl } from '@mediamesh/webrtc';
import type { IceServer, IceServerAddress } from '@mediamesh/webrtc';
import { ReflexiveAddresses } from './reflexive-addresses.ts';
import { Relay, RelayError } from './relay.ts';
import type { UdpMux } from './udp-mux.ts';

/** A server that has failed holds up no session for so long. */
const RETRY_MS = 30_000;

/** A server whose URL was understood, with credentials of ours. */
export interface UsableIceServer {
  readonly url: string;
  readonly at: IceServerAddress;
  readonly username: string;
  readonly password: string;
}

export interface IceServerPoolOptions {
  /** Called for each session: credentials may be for a while only. */
  readonly servers: () => readonly IceServer[];
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly timeoutMs: number;
  readonly log: Log;
}

/** The STUN and TURN servers that we use ourselves. A server that fails is skipped, with one line, until it is tried again. */
export class IceServerPool {
  private readonly options: IceServerPoolOptions;
  /** By the place in the list: when it may be tried again. */
  private readonly failedUntilMs = new Map<number, number>();

  constructor(options: IceServerPoolOptions) {
    this.options = options;
  }

  /** What a UDP port looks like from outside. TURN servers know it, too. */
  reflexive(mux: UdpMux): ReflexiveAddresses {
    const { crypto, timers, timeoutMs, log } = this.options;
    const servers = this.usable().filter(({ at }) => at.transport === 'udp');
    return new ReflexiveAddresses({ mux, servers, crypto, timers, timeoutMs, warn: (message) => log('warn', message) });
  }

  /** An address at each TURN server that gives one in time. Closes them when the signal is aborted meanwhile. */
  async relays(signal: AbortSignal): Promise<readonly Relay[]> {
    const opened = await Promise.all(this.usable().map((server, index) => this.relay(server, index, signal)));
    const relays = opened.filter((relay) => relay !== undefined);
    if (signal.aborted) for (const relay of relays) relay.close();
    return signal.aborted ? [] : relays;
  }

  private async relay(server: UsableIceServer, index: number, signal: AbortSignal): Promise<Relay | undefined> {
    const { timers, timeoutMs, log } = this.options;
    if (server.at.scheme === 'stun' || timers.nowMs() < (this.failedUntilMs.get(index) ?? 0)) return undefined;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const relay = await Relay.open(server, { ...this.options, index, signal: AbortSignal.any([signal, deadline]) });
      this.failedUntilMs.delete(index);
      return relay;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.failedUntilMs.set(index, timers.nowMs() + RETRY_MS);
      const what =
        error instanceof RelayError && !deadline.aborted ? error.message : 'it does not answer: check that it runs, and can be reached';
      log('warn', `TURN server '${server.url}' is not used for ${RETRY_MS / 1000} s, going on without it: ${what}`);
      return undefined;
    }
  }

  private usable(): readonly UsableIceServer[] {
    return this.options.servers().flatMap(({ url, username, credential }) => {
      const at = parseIceServerUrl(url);
      return at === undefined ? [] : [{ url, at, username, password: credential }];
    });
  }
}
