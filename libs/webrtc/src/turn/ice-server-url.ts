/** What STUN and TURN servers listen on. RFC 7064 3.1, RFC 7065 3.1. */
const DEFAULT_PORT = 3_478;
const DEFAULT_TLS_PORT = 5_349;
const MAX_PORT = 0xffff;

export interface IceServerAddress {
  readonly scheme: 'stun' | 'turn' | 'turns';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** To the server; what it relays is UDP. */
  readonly transport: 'udp' | 'tcp' | 'tls';
}

const URL = /^(stun|turns?):(\[[0-9a-f:.]+\]|[^\s:?/@[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/**
 * The URL of a STUN or TURN server. Undefined when it is none, or cannot be used: `turns` over UDP would be DTLS.
 *
 * Source: RFC 7064, RFC 7065.
 */
export function parseIceServerUrl(url: string): IceServerAddress | undefined {
  const parts = URL.exec(url.trim());
  if (parts === null) return undefined;
  const scheme = parts[1]!.toLowerCase() as IceServerAddress['scheme'];
  const wanted = parts[4]?.toLowerCase();
  const port = parts[3] === undefined ? (scheme === 'turns' ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(parts[3]);
  if (port === 0 || port > MAX_PORT || (scheme === 'stun' && wanted !== undefined) || (scheme === 'turns' && wanted === 'udp'))
    return undefined;
  const transport = scheme === 'turns' ? 'tls' : wanted === 'tcp' ? 'tcp' : 'udp';
  return { scheme, host: parts[2]!.replace(/^\[|\]$/g, ''), port, transport };
}
