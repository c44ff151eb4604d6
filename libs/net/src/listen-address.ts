import { isIP } from 'node:net';
import { ListenError } from './errors.ts';

/** Where to listen. `dual` is IPv6 and IPv4 in one socket. */
export type ListenAddress =
  | { readonly kind: 'ip'; readonly host: string; readonly port: number; readonly family: 'dual' | 'ipv4' | 'ipv6' | 'name' }
  | { readonly kind: 'unix'; readonly path: string };

/** Room of `sun_path` in Linux's `sockaddr_un`, less the closing zero. */
export const MAX_UNIX_PATH_BYTES = 107;

/**
 * `:8554`, `0.0.0.0:8554`, `[::1]:8554`, `localhost:8554`, `unix:///run/x.sock`, `unix://x.sock` (relative).
 *
 * Errors: ListenError `INVALID_ADDRESS`, with `key` in its message when given.
 * Source: MediaMTX's configuration: no host is dual stack, 0.0.0.0 is IPv4 only.
 */
export function parseListenAddress(text: string, key?: string): ListenAddress {
  const fail = (problem: string): never => {
    throw new ListenError('INVALID_ADDRESS', `${key === undefined ? '' : `${key}: `}'${text}' is not an address to listen on: ${problem}`);
  };
  if (text.startsWith('unix://')) {
    const path = text.substring('unix://'.length);
    if (path === '') return fail('it has no path');
    if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) return fail(`its path exceeds ${MAX_UNIX_PATH_BYTES} bytes`);
    return { kind: 'unix', path };
  }
  const colon = text.lastIndexOf(':');
  if (colon < 0) return fail('it has no port (host:port, or :port)');
  const portText = text.substring(colon + 1);
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535) return fail('its port is not a number up to 65535');
  const port = Number(portText);
  const host = text.substring(0, colon);
  if (host === '' || host === '[::]') return { kind: 'ip', host: '::', port, family: 'dual' };
  if (host.startsWith('[') && host.endsWith(']')) {
    const address = host.substring(1, host.length - 1);
    if (isIP(address) !== 6) return fail('there is no IPv6 address in its brackets');
    return { kind: 'ip', host: address, port, family: 'ipv6' };
  }
  if (host.includes(':')) return fail('an IPv6 address needs brackets');
  if (isIP(host) === 4) return { kind: 'ip', host, port, family: 'ipv4' };
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host) || /^[\d.]+$/.test(host)) return fail('its host is malformed');
  return { kind: 'ip', host, port, family: 'name' };
}
