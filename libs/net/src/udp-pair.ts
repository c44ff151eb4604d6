import { ListenError } from './errors.ts';
import type { UdpSocket, UdpSocketOptions } from './udp-socket.ts';
import { openUdpSocket } from './udp-socket.ts';

export interface UdpPairOptions extends Omit<UdpSocketOptions, 'address'> {
  /** As in an address to listen on: empty for all of both families. */
  readonly host: string;
  /** First and last port to try, as `rtspUDPSourcePortRange`. */
  readonly portRange: readonly [number, number];
  /** From 0 up to 1: where in the range to begin. */
  readonly random?: () => number;
}

/**
 * Two sockets for one RTP session: an even port for RTP, the next for RTCP. The range is searched once round, from a random place.
 *
 * Errors: ListenError `NO_FREE_PORTS`; another when the host cannot be listened on at all.
 */
export async function openUdpPair(options: UdpPairOptions): Promise<{ rtp: UdpSocket; rtcp: UdpSocket }> {
  const { host, portRange, random = Math.random, ...socketOptions } = options;
  const first = portRange[0] + (portRange[0] % 2);
  const pairs = Math.floor((portRange[1] - first + 1) / 2);
  const start = Math.floor(random() * Math.max(pairs, 0));
  for (let i = 0; i < pairs; i++) {
    const port = first + 2 * ((start + i) % pairs);
    const rtp = await openIfFree({ ...socketOptions, address: `${host}:${port}` });
    if (rtp === undefined) continue;
    const rtcp = await openIfFree({ ...socketOptions, address: `${host}:${port + 1}` });
    if (rtcp !== undefined) return { rtp, rtcp };
    await rtp.close();
  }
  throw new ListenError('NO_FREE_PORTS', `no two neighbouring UDP ports are free from ${portRange[0]} to ${portRange[1]}`);
}

async function openIfFree(options: UdpSocketOptions): Promise<UdpSocket | undefined> {
  try {
    return await openUdpSocket(options);
  } catch (error) {
    if (error instanceof ListenError && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) return undefined;
    throw error;
  }
}
