import type { IceCandidateLine } from './answer.ts';

/** RFC 8445 5.1.2.1: a host candidate of the first component. MediaMTX's values. */
const UDP_PRIORITY = 2_130_706_431;
const TCP_PRIORITY = 1_671_430_143;

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
