import { BlockList, isIP } from 'node:net';

/** Nobody's own address: what is sent there reaches many, or none. */
const NOBODYS = new BlockList();
NOBODYS.addSubnet('0.0.0.0', 8, 'ipv4');
NOBODYS.addSubnet('224.0.0.0', 3, 'ipv4');
NOBODYS.addAddress('::', 'ipv6');
NOBODYS.addSubnet('ff00::', 8, 'ipv6');
/** Of use with a zone only, which candidates do not carry. */
NOBODYS.addSubnet('fe80::', 10, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');

/** Whether a candidate of a peer is worth a check: others can make us send to any address that they name. */
export function isCheckable(address: string, allowsLoopback: boolean): boolean {
  const family = familyOf(address);
  if (family === undefined || NOBODYS.check(address, family)) return false;
  return allowsLoopback || !LOOPBACK.check(address, family);
}

/** From a TURN server, its own loopback and its cloud's metadata are nobody's peers either; what it relays is IPv4. */
export function isRelayable(address: string): boolean {
  return isIP(address) === 4 && isCheckable(address, false) && !LINK_LOCAL.check(address, 'ipv4');
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  return family === 4 ? 'ipv4' : family === 6 ? 'ipv6' : undefined;
}
