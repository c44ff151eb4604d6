import { ipBytes } from '../stun/ip-bytes.ts';

/** A peer has a handful of addresses; more would only be work. */
export const MAX_REMOTE_CANDIDATES = 32;

/** An address of the peer. */
export interface RemoteCandidate {
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly address: string;
  readonly port: number;
  readonly priority: number;
}

const TYPES: readonly string[] = ['host', 'srflx', 'prflx', 'relay'] satisfies readonly RemoteCandidate['type'][];
const RTP_COMPONENT = '1';

/**
 * The value of an `a=candidate`. Undefined for what cannot be used: TCP, other components, names instead of addresses, what is malformed.
 *
 * Source: RFC 8839 5.1.
 */
export function parseCandidate(value: string): RemoteCandidate | undefined {
  const [, component, protocol = '', priority = '', address = '', port = '', typ, type = ''] = value.trim().split(/ +/);
  if (component !== RTP_COMPONENT || protocol.toLowerCase() !== 'udp' || typ !== 'typ' || !TYPES.includes(type)) return undefined;
  if (!/^\d{1,10}$/.test(priority) || !/^\d{1,5}$/.test(port) || !isAddress(address)) return undefined;
  const number = Number(port);
  if (number === 0 || number > 0xffff) return undefined;
  return { type: type as RemoteCandidate['type'], address, port: number, priority: Math.min(Number(priority), 0xffff_ffff) };
}

/** One text for all spellings of an address and a port; a zone does not count. */
export function transportAddress(address: string, port: number): string {
  const zone = address.indexOf('%');
  return `${ipBytes(zone < 0 ? address : address.substring(0, zone)).join('.')}:${port}`;
}

function isAddress(text: string): boolean {
  try {
    ipBytes(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
