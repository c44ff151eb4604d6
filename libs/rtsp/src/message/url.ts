import { ParseError } from '@mediamesh/bytes';

const RTSP_URL = /^(rtsps?):\/\/(?:([^/?#]*)@)?([^/?#@]*)([^?#]*)(?:\?([^#]*))?$/i;

/**
 * An RTSP URL, with what its parts decode to.
 *
 * Source: RFC 2326 3.2.
 */
export interface RtspUrl {
  readonly scheme: 'rtsp' | 'rtsps';
  /** Decoded; absent when the URL names nobody. */
  readonly user?: string;
  readonly password?: string;
  /** Name or address with its port, IPv6 in brackets. */
  readonly host: string;
  /** Decoded, begins with a slash unless it is empty. */
  readonly path: string;
  /** As it came, percent encoding included. */
  readonly rawPath: string;
  /** As it came, without the question mark; empty when there is none. */
  readonly query: string;
}

/** Errors: ParseError on another scheme, a fragment, control characters, or malformed percent encoding. */
export function parseRtspUrl(text: string): RtspUrl {
  const match = RTSP_URL.exec(text);
  // eslint-disable-next-line no-control-regex
  if (match === null || /[\x00-\x20\x7f]/.test(text)) throw new ParseError('RtspUrl', 0, 'is not an RTSP URL');
  const [, scheme, userInfo, host, rawPath, query] = match;
  const colon = userInfo?.indexOf(':') ?? -1;
  return {
    scheme: scheme!.toLowerCase() as 'rtsp' | 'rtsps',
    ...(userInfo !== undefined && { user: percentDecode(colon < 0 ? userInfo : userInfo.substring(0, colon)) }),
    ...(userInfo !== undefined && colon >= 0 && { password: percentDecode(userInfo.substring(colon + 1)) }),
    host: host!,
    path: percentDecode(rawPath!),
    rawPath: rawPath!,
    query: query ?? '',
  };
}

/** Without credentials: what is sent in requests. */
export function serializeRtspUrl(url: Pick<RtspUrl, 'scheme' | 'host' | 'rawPath' | 'query'>): string {
  return `${url.scheme}://${url.host}${requestUri(url)}`;
}

/** Path and query. */
export function requestUri(url: Pick<RtspUrl, 'rawPath' | 'query'>): string {
  return url.rawPath + (url.query === '' ? '' : `?${url.query}`);
}

/** Errors: ParseError when an escape is malformed or not UTF-8. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new ParseError('RtspUrl', 0, 'has a malformed percent escape', { cause });
  }
}

/** The value of a query parameter that is there exactly once. */
export function queryParameter(query: string, name: string): string | undefined {
  let found: string | undefined;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if ((equals < 0 ? pair : pair.substring(0, equals)) !== name) continue;
    if (found !== undefined) return undefined;
    found = equals < 0 ? '' : pair.substring(equals + 1).replaceAll('+', ' ');
  }
  return found === undefined ? undefined : percentDecode(found);
}
