import { parseSourceUrl } from '@mediamesh/config';
import { parseStreamAddress } from '@mediamesh/rtmp';
import type { StreamAddress } from '@mediamesh/rtmp';

/** Contract 7.1. */
const DEFAULT_PORT = 1935;
const DEFAULT_TLS_PORT = 1936;

/** A source's URL, taken apart for connecting to it. */
export interface SourceAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  readonly stream: StreamAddress;
}

/** Errors: SourceUrlError when it is no RTMP URL, or has no host; the message has no credentials. */
export function parseSourceAddress(text: string): SourceAddress {
  const parsed = parseSourceUrl(text);
  if (parsed === undefined || parsed.hostname === '' || (parsed.scheme !== 'rtmp' && parsed.scheme !== 'rtmps')) {
    throw new SourceUrlError('the URL of the source is not valid');
  }
  const tls = parsed.scheme === 'rtmps';
  const port = parsed.port === '' ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(parsed.port);
  if (port < 1 || port > 65_535) throw new SourceUrlError(`the URL of the source has the port ${port}`);
  return { hostname: parsed.hostname, port, tls, stream: parseStreamAddress(text) };
}

/** The configured URL cannot be connected to. */
export class SourceUrlError extends Error {
  readonly code = 'SOURCE_URL_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'SourceUrlError';
  }
}
