/** Address and port of one side. A unix socket has neither: both are empty. */
export interface Endpoint {
  /** Without brackets; IPv4 addresses mapped into IPv6 are printed as IPv4. Empty for a unix socket. */
  readonly address: string;
  readonly port: number;
  /** `ip:port`, IPv6 in brackets. Empty for a unix socket. */
  readonly text: string;
}

const MAPPED_PREFIX = '::ffff:';
export const UNIX_ENDPOINT: Endpoint = { address: '', port: 0, text: '' };

/** `::ffff:10.0.0.1` is `10.0.0.1`: a dual-stack socket sees IPv4 peers in the first form. */
export function unmappedAddress(address: string): string {
  return address.startsWith(MAPPED_PREFIX) && address.includes('.') ? address.substring(MAPPED_PREFIX.length) : address;
}

export function endpointOf(address: string | undefined, port: number | undefined): Endpoint {
  if (address === undefined || port === undefined || address === '') return UNIX_ENDPOINT;
  const plain = unmappedAddress(address);
  return { address: plain, port, text: endpointText(plain, port) };
}

function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What identifies a UDP peer in a Map: as `Endpoint.text`, without an IPv6 zone. */
export function remoteKey(address: string, port: number): string {
  const zone = address.indexOf('%');
  return endpointText(unmappedAddress(zone < 0 ? address : address.substring(0, zone)), port);
}
