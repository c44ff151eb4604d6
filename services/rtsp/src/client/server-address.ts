import { parseSourceUrl } from '@mediamesh/config';

/** Not 80 or 443 for tunnels either. Contract 7.1. */
const DEFAULT_PORT = 554;
const DEFAULT_TLS_PORT = 322;

export type Tunnel = 'none' | 'http' | 'websocket';

/** The URL of a source, or of a forward, taken apart for connecting to it. */
export interface ServerAddress {
  /** `rtsp://` or `rtsps://`, credentials included: what the protocol speaks of, also inside of a tunnel. */
  readonly url: string;
  readonly hostname: string;
  readonly port: number;
  /** As in the URL, for a Host header. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  readonly tls: boolean;
  readonly tunnel: Tunnel;
}

const SCHEME = /^rtsp(s?)(?:\+(http|ws))?$/;

/** Errors: ServerUrlError when it is none of the six RTSP schemes, or has no host. The message has no credentials. */
export function parseServerAddress(text: string): ServerAddress {
  const parsed = parseSourceUrl(text);
  const scheme = parsed === undefined ? null : SCHEME.exec(parsed.scheme);
  if (parsed === undefined || scheme === null || parsed.hostname === '') throw new ServerUrlError('the URL of the server is not valid');
  const tls = scheme[1] === 's';
  const port = parsed.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(parsed.port);
  if (port < 1 || port > 65_535) throw new ServerUrlError(`the URL of the server has the port ${port}`);
  return {
    url: `rtsp${tls ? 's' : ''}${text.substring(parsed.scheme.length)}`,
    hostname: parsed.hostname,
    port,
    host: parsed.host,
    target: `${parsed.path}${parsed.query === '' ? '' : `?${parsed.query}`}`,
    tls,
    tunnel: scheme[2] === 'http' ? 'http' : scheme[2] === 'ws' ? 'websocket' : 'none',
  };
}

/** Where a redirect goes: the tunnel stays. Errors: as `parseServerAddress`. */
export function redirectedAddress(from: ServerAddress, url: string): ServerAddress {
  return { ...parseServerAddress(url), tunnel: from.tunnel };
}

/** The configured URL, or the server's redirect, cannot be connected to. */
export class ServerUrlError extends Error {
  readonly code = 'SERVER_URL_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'ServerUrlError';
  }
}
