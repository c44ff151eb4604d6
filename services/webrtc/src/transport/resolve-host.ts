import { lookup } from 'node:dns/promises';
import type { TransportAddress } from '@mediamesh/webrtc';

export interface ServerName {
  readonly host: string;
  readonly port: number;
}

/** The first address of a server that can be reached. Undefined when there is none. */
export async function resolveHost(
  { host, port }: ServerName,
  reaches: (address: string) => boolean,
): Promise<TransportAddress | undefined> {
  const found = await lookup(host, { all: true }).catch(() => []);
  const first = found.find(({ address }) => reaches(address));
  return first && { address: first.address, port };
}
