import { ConfigError } from './config-error.ts';
import { parseIpAddress } from './values/ip-network.ts';

/** The parts of a URL of a source or a destination, as Go's net/url takes them apart. */
export interface SourceUrl {
  /** In lower case, without the colon. */
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** With the port and the brackets of IPv6. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

const URL_PARTS = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const HOST = /^(\[[0-9a-fA-F:.]+(?:%[^\]]*)?\]|[^:[\]\s<>"\\^`{|}]*)(?::([0-9]*))?$/;
const USERINFO = /^(?:[a-zA-Z0-9\-._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/;

/** Takes a URL with an authority apart; undefined when it is none. */
export function parseSourceUrl(text: string): SourceUrl | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined;
  const parts = URL_PARTS.exec(text);
  if (parts === null) return undefined;
  const authority = parts[2] ?? '';
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  if (userinfo !== undefined && !USERINFO.test(userinfo)) return undefined;
  const host = HOST.exec(authority.slice(at + 1));
  const path = parts[3] ?? '';
  if (host === null || /%(?![0-9a-fA-F]{2})/.test(path)) return undefined;
  const hostname = (host[1] ?? '').replace(/^\[|\]$/g, '');
  if (host[1]?.startsWith('[') === true && parseIpAddress(hostname.split('%')[0] ?? '') === undefined) return undefined;
  const colon = userinfo?.indexOf(':') ?? -1;
  return {
    scheme: (parts[1] ?? '').toLowerCase(),
    user: userinfo === undefined ? undefined : decodePercent(colon < 0 ? userinfo : userinfo.slice(0, colon)),
    password: userinfo === undefined || colon < 0 ? undefined : decodePercent(userinfo.slice(colon + 1)),
    host: authority.slice(at + 1),
    hostname,
    port: host[2] ?? '',
    path,
    query: parts[4] ?? '',
    fragment: parts[5] ?? '',
  };
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8: some cameras have Latin-1 in their passwords.
    return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/**
 * Checks the URL of a source or destination, in which `$G1`… may stand for the port or for anything else.
 *
 * Errors:  ConfigError `'<url>' is not a valid URL`, or about a user without password. The URL is quoted without its
 *          password: the message ends up in logs.
 */
export function checkSourceUrl(source: string): SourceUrl {
  const filled = source.replace(/:\$G[0-9]+/g, ':1935').replace(/\$G[0-9]+/g, 'abc');
  const url = parseSourceUrl(filled);
  if (url === undefined || url.host === '') throw new ConfigError(`'${redactUrl(source)}' is not a valid URL`);
  if (url.user !== undefined && (url.user === '') !== ((url.password ?? '') === '')) {
    throw new ConfigError('username and password must be both provided');
  }
  return url;
}

/** A URL without its password, for messages and logs; a placeholder such as `$G2` is no password. */
export function redactUrl(url: string): string {
  return url.replace(/^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#@:]*:)([^/?#]*)@/, (whole, start: string, password: string) =>
    /^\$(?:G[0-9]+|MTX_[A-Z]+)$/.test(password) ? whole : `${start}***@`,
  );
}
