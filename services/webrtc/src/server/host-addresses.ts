import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '@mediamesh/config';

/** Link-local addresses are of no use without a zone, which candidates cannot carry. */
const LINK_LOCAL = /^fe[89ab]/i;

/** What decides it. */
export type HostAddressSettings = Pick<Config, 'webrtcIPsFromInterfaces' | 'webrtcIPsFromInterfacesList' | 'webrtcAdditionalHosts'>;

export interface ListeningHost {
  /** Where the port is bound: `::`, `0.0.0.0`, or an address. */
  readonly address: string;
}

/** The addresses at which clients are told to find this machine. Contract 6.4.2. */
export class HostAddresses {
  private readonly settings: HostAddressSettings;

  constructor(settings: HostAddressSettings) {
    this.settings = settings;
  }

  /** Of the machine's network interfaces, as far as the listener is bound to them. */
  ofInterfaces({ address: bound }: ListeningHost): readonly string[] {
    const { webrtcIPsFromInterfaces, webrtcIPsFromInterfacesList: names } = this.settings;
    if (!webrtcIPsFromInterfaces) return [];
    const addresses = Object.entries(networkInterfaces())
      .filter(([name]) => names.length === 0 || names.includes(name))
      .flatMap(([, entries]) => entries ?? [])
      .map(({ address }) => address)
      .filter((address) => !LINK_LOCAL.test(address));
    if (bound === '::') return addresses;
    return bound === '0.0.0.0' ? addresses.filter((address) => isIP(address) === 4) : addresses.filter((address) => address === bound);
  }

  /** Of `webrtcAdditionalHosts`; `warn` gets names that cannot be resolved. */
  async additional(warn: (message: string) => void): Promise<readonly string[]> {
    const found = await Promise.all(this.settings.webrtcAdditionalHosts.map((host) => resolve(host, warn)));
    return found.flat();
  }
}

async function resolve(host: string, warn: (message: string) => void): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    warn(`cannot resolve additional host "${host}", skipping it: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}
