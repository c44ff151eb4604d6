import type { CryptoPort } from '@mediamesh/bytes';
import type { Config } from '@mediamesh/config';
import type { Log, TimerWheel } from '@mediamesh/net';
import { hostCandidates } from '@mediamesh/webrtc';
import type { IceCandidateLine, IceServer } from '@mediamesh/webrtc';
import { HostAddresses } from '../server/host-addresses.ts';
import { CheckingIce } from '../transport/checking-ice.ts';
import { IceServerPool } from '../transport/ice-server-pool.ts';
import { outerCandidates } from '../transport/reflexive-addresses.ts';
import { openSessionPorts } from '../transport/session-ports.ts';

export interface OfferingIceOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly config: Config;
  readonly log: Log;
  readonly gatherTimeoutMs: number;
  /** What the other server tells us to use. */
  readonly iceServers: readonly IceServer[];
}

/** ICE of a session with another server, which we offer: a UDP port of its own, and all candidates at once. Errors: ListenError, the signal's reason. */
export async function openOfferingIce(
  { crypto, timers, config, log, gatherTimeoutMs: timeoutMs, iceServers }: OfferingIceOptions,
  signal: AbortSignal,
): Promise<{ readonly ice: CheckingIce; readonly candidates: readonly IceCandidateLine[] }> {
  const pool = iceServers.length === 0 ? undefined : new IceServerPool({ servers: () => iceServers, crypto, timers, timeoutMs, log });
  const ports = await openSessionPorts({ pool, log, readBufferBytes: config.udpReadBufferSize });
  const { mux, reflexive } = ports;
  const abandon = (): void => void ports.close(); // nobody waits any longer
  signal.addEventListener('abort', abandon);
  const [relays = []] = await Promise.all([pool?.relays(signal), reflexive?.ready]);
  signal.removeEventListener('abort', abandon);
  const ice = new CheckingIce({ crypto, timers, ports, isShared: false, relays, role: 'controlling', allowsLoopback: true });
  if (signal.aborted) {
    ice.close();
    signal.throwIfAborted();
  }
  const { local } = mux.udp!;
  // Of all interfaces, whatever the server of this machine is told to use: this port is another.
  const everywhere = new HostAddresses({ ...config, webrtcIPsFromInterfaces: true, webrtcIPsFromInterfacesList: [] });
  const host = hostCandidates('udp', everywhere.ofInterfaces(local), local.port);
  return { ice, candidates: [...host, ...outerCandidates(reflexive, host), ...relays.map(({ candidate }) => candidate)] };
}
