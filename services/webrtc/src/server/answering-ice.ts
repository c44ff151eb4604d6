import type { CryptoPort } from '@mediamesh/bytes';
import type { Log, TimerWheel } from '@mediamesh/net';
import type { IceCandidateLine, IceCredentials, RemoteCandidate, RemoteIce, WebRtcOffer } from '@mediamesh/webrtc';
import { CheckingIce } from '../transport/checking-ice.ts';
import type { IceServerPool } from '../transport/ice-server-pool.ts';
import { LiteIce } from '../transport/lite-ice.ts';
import type { PeerIce } from '../transport/peer-ice.ts';
import { outerCandidates } from '../transport/reflexive-addresses.ts';
import { openSessionPorts } from '../transport/session-ports.ts';
import type { CheckingPorts } from '../transport/session-ports.ts';
import type { HostAddresses } from './host-addresses.ts';
import { candidatesOf } from './host-candidates.ts';

/** ICE of a session of the server, which answers an offer. */
export interface AnsweringIce extends PeerIce {
  /** It makes no checks of its own. */
  readonly isLite: boolean;
  readonly credentials: IceCredentials;
  /** Once it is open: with what the offer says. */
  check(remote: RemoteIce): void;
  addCandidates(candidates: readonly RemoteCandidate[]): void;
  restart(remote: RemoteIce): IceCredentials;
}

export interface AnsweringIceParts {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly hosts: HostAddresses;
  /** The ports of all sessions; without any, each session has its own. */
  readonly ports: CheckingPorts;
  /** Servers that we use ourselves; without any, clients find us by our ports. */
  readonly iceServerPool: IceServerPool | undefined;
  readonly readBufferBytes: number;
}

export interface OpenedIce {
  readonly ice: AnsweringIce;
  /** For the answer. */
  readonly candidates: readonly IceCandidateLine[];
}

/**
 * Lite at ports that clients can reach. With servers of ours, full: NATs let a peer in only when we have sent to it.
 *
 * Errors: ListenError; nothing is left then.
 */
export async function openAnsweringIce(
  parts: AnsweringIceParts,
  { isLite: isPeerLite }: Pick<WebRtcOffer, 'isLite'>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<OpenedIce> {
  const { crypto, timers, hosts, iceServerPool: pool } = parts;
  const warn = (message: string): void => log('warn', message);
  if (pool === undefined) {
    const { mux } = parts.ports;
    return { candidates: await candidatesOf({ hosts, mux }, warn), ice: new LiteIce({ crypto, mux, timers }) };
  }
  const ports = parts.ports.mux.isEmpty ? await openSessionPorts({ ...parts, pool, log }) : parts.ports;
  const { mux, reflexive } = ports;
  const [host, relays] = await Promise.all([candidatesOf({ hosts, mux }, warn), pool.relays(signal), reflexive?.ready]);
  const outer = outerCandidates(reflexive, host);
  const role = isPeerLite ? 'controlling' : 'controlled';
  const ice = new CheckingIce({ crypto, timers, ports, isShared: ports === parts.ports, relays, role, allowsLoopback: false });
  return { ice, candidates: [...host, ...outer, ...relays.map(({ candidate }) => candidate)] };
}
