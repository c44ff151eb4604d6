import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * What Node's multicast calls want for an interface: an IPv4 address, or `::%name` for IPv6. Undefined: the interface of the route.
 *
 * Errors: TypeError when the machine has no such interface.
 */
export function interfaceAddress(name: string | undefined, ipv6: boolean): string | undefined {
  if (name === undefined || name === '') return undefined;
  if (isIP(name) !== 0) return name;
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) throw new TypeError(`this machine has no network interface '${name}'`);
  if (ipv6) return `::%${name}`;
  const address = addresses.find((candidate) => candidate.family === 'IPv4');
  if (address === undefined) throw new TypeError(`the network interface '${name}' has no IPv4 address`);
  return address.address;
}

/** The interfaces to join `group` on: the named one, or all that have an address of the group's family. */
export function groupInterfaces(group: string, name: string | undefined): readonly string[] {
  const ipv6 = isIP(group) === 6;
  const address = interfaceAddress(name, ipv6);
  if (address !== undefined) return [address];
  const found: string[] = [];
  for (const [interfaceName, addresses = []] of Object.entries(networkInterfaces())) {
    const match = addresses.find((candidate) => candidate.family === (ipv6 ? 'IPv6' : 'IPv4'));
    if (match !== undefined) found.push(ipv6 ? `::%${interfaceName}` : match.address);
  }
  return found;
}
