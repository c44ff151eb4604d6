import { hostCandidates } from '@mediamesh/webrtc';
import type { IceCandidateLine } from '@mediamesh/webrtc';
import type { IceMux } from '../transport/ice-mux.ts';
import type { HostAddresses } from './host-addresses.ts';

/** All that the server has, at once: clients need not wait for more. UDP comes first; TCP is for those that it does not reach. */
export async function candidatesOf(
  { hosts, mux }: { readonly hosts: HostAddresses; readonly mux: IceMux },
  warn: (message: string) => void,
): Promise<readonly IceCandidateLine[]> {
  const additional = await hosts.additional(warn);
  return (['udp', 'tcp'] as const).flatMap((protocol) => {
    const local = mux[protocol]?.local;
    return local === undefined ? [] : hostCandidates(protocol, [...new Set([...hosts.ofInterfaces(local), ...additional])], local.port);
  });
}
