import { parseSourceUrl } from '@mediamesh/config';
import { parseStreamAddress } from '@mediamesh/rtmp';
import type { StreamAddress } from '@mediamesh/rtmp';

/** Contract 7.1, 6.8. */
export const DEFAULT_PORTS = { source: { plain: 1935, tls: 1936 }, forward: { plain: 1935, tls: 443 } } as const;

/** The URL of a source, or of a destination, taken apart for connecting to it. */
export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  readonly stream: StreamAddress;
}

/** `use`: which ports it has by default. Errors: ServerUrlError when it is no RTMP URL, or has no host; the message has no credentials. */
export function parseServerAddress(text: string, use: keyof typeof DEFAULT_PORTS): ServerAddress {
  const parsed = parseSourceUrl(text);
  if (parsed === undefined || parsed.hostname === '' || (parsed.scheme !== 'rtmp' && parsed.scheme !== 'rtmps')) {
    throw new ServerUrlError(`the URL of the ${use} is not valid`);
  }
  const tls = parsed.scheme === 'rtmps';
  const port = parsed.port === '' ? DEFAULT_PORTS[use][tls ? 'tls' : 'plain'] : Number(parsed.port);
  if (port < 1 || port > 65_535) throw new ServerUrlError(`the URL of the ${use} has the port ${port}`);
  return { hostname: parsed.hostname, port, tls, stream: parseStreamAddress(text) };
}

/** The configured URL cannot be connected to. */
export class ServerUrlError extends Error {
  readonly code = 'SERVER_URL_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'ServerUrlError';
  }
}
