import { isIP } from 'node:net';
import { unmappedAddress } from '@mediamesh/net';
import type { TrustedNetworks } from '@mediamesh/net';

/**
 * The client's address: the peer's, or what trusted proxies say in X-Forwarded-For, read from its end: each proxy appends
 * whom it was asked by, so the first that is not itself trusted is the client. A malformed header is not believed.
 */
export function clientIpOf(peer: string | undefined, forwardedFor: string | undefined, trusted: TrustedNetworks): string {
  if (peer === undefined) return '';
  const peerIp = unmappedAddress(peer);
  if (forwardedFor === undefined || !trusted.has(peerIp)) return peerIp;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  for (let index = hops.length - 1; index >= 0; index--) {
    const hop = hops[index] ?? '';
    if (isIP(hop) === 0) return peerIp;
    if (index === 0 || !trusted.has(hop)) return unmappedAddress(hop);
  }
  return peerIp;
}
