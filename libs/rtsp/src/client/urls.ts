import { ParseError } from '@mediamesh/bytes';
import type { SessionDescription } from '@mediamesh/sdp';
import { parseRtspUrl, serializeRtspUrl, type RtspUrl } from '../message/url.ts';

/**
 * What the controls of a description are relative to: its own control, Content-Base, or the URL of the request.
 *
 * Errors: ParseError when the server's URL is malformed.
 * Source: RFC 2326 C.1.1. A relative Content-Base is tolerated.
 */
export function describedBaseUrl(description: SessionDescription, contentBase: string | undefined, requested: RtspUrl): string {
  const { control } = description;
  if (control !== undefined && /^rtsps?:\/\//i.test(control)) return serializeRtspUrl(parseRtspUrl(control));
  if (contentBase === undefined) return serializeRtspUrl(requested);
  if (contentBase.startsWith('/')) return `${requested.scheme}://${requested.host}${contentBase}`;
  return serializeRtspUrl(parseRtspUrl(contentBase));
}

/**
 * The URL of a media. A control that is a URL keeps its path but not its host, which cameras behind NAT get wrong;
 * a relative one goes behind the base with its query, as servers write it.
 */
export function mediaUrl(baseUrl: string, control: string | undefined): string {
  if (control === undefined || control === '' || control === '*') return baseUrl;
  if (/^rtsps?:\/\//i.test(control)) {
    const base = parseRtspUrl(baseUrl);
    return serializeRtspUrl({ ...parseRtspUrl(control), host: base.host, scheme: base.scheme });
  }
  const slash = /^[?/]/.test(control) || baseUrl.endsWith('/') ? '' : '/';
  return baseUrl + slash + control;
}

/** Where a redirect goes, with the credentials that are known. Errors: ParseError when it is malformed, or leaves TLS. */
export function redirectUrl(current: RtspUrl, location: string): string {
  const absolute = location.startsWith('/') ? `${current.scheme}://${current.host}${location}` : location;
  const target = parseRtspUrl(absolute);
  if (current.scheme === 'rtsps' && target.scheme !== 'rtsps') throw new ParseError('Location', 0, 'would leave TLS');
  if (current.user === undefined) return absolute;
  const password = current.password === undefined ? '' : `:${encodeURIComponent(current.password)}`;
  return `${target.scheme}://${encodeURIComponent(current.user)}${password}@${target.host}${target.rawPath}${target.query === '' ? '' : `?${target.query}`}`;
}
