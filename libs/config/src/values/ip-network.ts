import { ConfigError } from '../config-error.ts';

/** An address: 4 bytes (IPv4, also when written as `::ffff:a.b.c.d`) or 16. */
export type IpAddress = readonly number[];

export interface IpNetwork {
  /** The first address, its host bits zero. */
  readonly address: IpAddress;
  readonly prefixBits: number;
}

const IPV4_IN_IPV6_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads an IPv4 or IPv6 address; undefined when it is none. IPv6 zones (`%eth0`) are refused, as in Go's net.ParseIP. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const address = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return address === undefined ? undefined : unmapIpv4(address);
}

/**
 * Reads an address or a CIDR; a single address is a network of one.
 *
 * Errors:  ConfigError `unable to parse IP/CIDR '<text>'`.
 */
export function parseIpNetwork(text: string): IpNetwork {
  const slash = text.indexOf('/');
  const raw = slash < 0 ? text : text.slice(0, slash);
  const written = raw.includes(':') ? parseIpv6(raw) : parseIpv4(raw);
  if (written === undefined) throw new ConfigError(`unable to parse IP/CIDR '${text}'`);
  const address = unmapIpv4(written);
  if (slash < 0) return { address, prefixBits: address.length * 8 };
  const bitsText = text.slice(slash + 1);
  const bits = /^[0-9]{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  // The length of a mapped IPv4 network is written for 128 bits.
  const prefixBits = bits - (written.length - address.length) * 8;
  if (!(bits <= written.length * 8)) throw new ConfigError(`unable to parse IP/CIDR '${text}'`);
  if (prefixBits < 0) return maskedNetwork(written, bits);
  return maskedNetwork(address, prefixBits);
}

/** The canonical CIDR of a network, `10.0.0.0/8` or `2001:db8::/32`. */
export function formatIpNetwork(network: IpNetwork): string {
  return `${formatIpAddress(network.address)}/${network.prefixBits}`;
}

/** Whether the network contains the address; an IPv4 address is never in an IPv6 network. */
export function networkContains(network: IpNetwork, address: IpAddress): boolean {
  if (network.address.length !== address.length) return false;
  for (let i = 0; i < address.length; i++) {
    const mask = byteMask(network.prefixBits, i);
    if (((address[i] ?? 0) & mask) !== (network.address[i] ?? 0)) return false;
  }
  return true;
}

/** The text of an address; IPv6 by RFC 5952 (lower case, the longest run of zeros as `::`). */
export function formatIpAddress(address: IpAddress): string {
  if (address.length === 4) return address.join('.');
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((address[i] ?? 0) << 8) | (address[i + 1] ?? 0));
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}

function maskedNetwork(address: IpAddress, prefixBits: number): IpNetwork {
  return { address: address.map((byte, i) => byte & byteMask(prefixBits, i)), prefixBits };
}

function byteMask(prefixBits: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function unmapIpv4(address: IpAddress): IpAddress {
  const mapped = address.length === 16 && IPV4_IN_IPV6_PREFIX.every((byte, i) => address[i] === byte);
  return mapped ? address.slice(12) : address;
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (/^(?:0|[1-9][0-9]{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseIpv6Groups(halves[0] ?? '', halves.length === 1);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const tail = parseIpv6Groups(halves[1] ?? '', true);
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function parseIpv6Groups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (mayEndInIpv4 && i === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes.length <= 16 ? bytes : undefined;
}
