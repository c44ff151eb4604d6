import { BlockList, isIP } from 'node:net';
import { unmappedAddress } from './endpoint.ts';

/** Peers whose word about the client's address is believed: addresses and networks in CIDR notation. */
export class TrustedNetworks {
  private readonly list = new BlockList();

  /** Errors: TypeError when an entry is neither. */
  constructor(networks: readonly string[]) {
    for (const network of networks) this.add(network);
  }

  has(address: string): boolean {
    const plain = unmappedAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }

  private add(network: string): void {
    const slash = network.indexOf('/');
    const address = slash < 0 ? network : network.substring(0, slash);
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    const prefix = slash < 0 ? String(bits) : network.substring(slash + 1);
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
      throw new TypeError(`'${network}' is not an address or a network (10.0.0.0/8)`);
    }
    this.list.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  }
}
