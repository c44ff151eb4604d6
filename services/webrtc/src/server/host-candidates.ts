import { hostCandidates } from '@mediamesh/webrtc';
import type { IceCandidateLine } from '@mediamesh/webrtc';
import type { ServerSettings } from './server-settings.ts';

/** All that the server has, at once: clients need not wait for more. */
export async function candidatesOf(
  { hosts, mux }: Pick<ServerSettings, 'hosts' | 'mux'>,
  warn: (message: string) => void,
): Promise<readonly IceCandidateLine[]> {
  return hostCandidates('udp', await hosts.list(warn), mux.local.port);
}
