import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * What Node's multicast calls want for an interface: an IPv4 address, or `::%name` for IPv6. Undefined: the interface of the route.
 *
 * Errors: TypeError when the machine has no such interface.
 */
export function interfaceAddress(name: string | undefined, ipv6: boolean): string | undefined {
  if (name === undefined || name === '' || isIP(name) !== 0) return name === '' ? undefined : name;
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) throw new TypeError(`this machine has no network interface '${name}'`);
  if (ipv6) return `::%${name}`;
  const address = addresses.find((candidate) => candidate.family === 'IPv4');
  if (address === undefined) throw new TypeError(`the network interface '${name}' has no IPv4 address`);
  return address.address;
}
