import type { TransportAddress } from '../stun/xor-address.ts';
import type { IceCandidateLine } from './answer.ts';

/** RFC 8445 5.1.2.1: a host candidate of the first component. MediaMTX's values. */
export const UDP_PRIORITY = 2_130_706_431;
export const TCP_PRIORITY = 1_671_430_143;

/** Host candidates of one listener at each of these addresses; earlier ones are preferred. */
export function hostCandidates(protocol: 'udp' | 'tcp', addresses: readonly string[], port: number): readonly IceCandidateLine[] {
  const highest = protocol === 'udp' ? UDP_PRIORITY : TCP_PRIORITY;
  return addresses.map((address, index) => ({
    foundation: `${protocol === 'udp' ? 1 : 2}${index}`,
    protocol,
    priority: highest - index * 256,
    address,
    port,
  }));
}

/** RFC 8445 5.1.2.1: type preferences of 100 and 0, the highest local preference. */
const REFLEXIVE_PRIORITY = 100 * 2 ** 24 + 65_535 * 2 ** 8 + 255;
const RELAY_PRIORITY = 65_535 * 2 ** 8 + 255;

/** What STUN servers say of us; earlier ones are preferred. */
export function reflexiveCandidates(addresses: readonly TransportAddress[]): readonly IceCandidateLine[] {
  return addresses.map(({ address, port }, index) => ({
    foundation: `3${index}`,
    protocol: 'udp',
    priority: REFLEXIVE_PRIORITY - index * 256,
    address,
    port,
    type: 'srflx',
  }));
}

/** What a TURN server receives for us; `index`: among our servers, earlier ones are preferred. */
export function relayCandidate({ address, port }: TransportAddress, index: number): IceCandidateLine {
  return { foundation: `4${index}`, protocol: 'udp', priority: RELAY_PRIORITY - index * 256, address, port, type: 'relay' };
}
