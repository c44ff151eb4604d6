import { ParseError } from '@mediamesh/bytes';
import { parseAuthorization, type DigestAuthorization } from '../header/authorization.ts';
import type { AuthMethod } from '../auth/server-auth.ts';
import type { RtspRequest } from '../message/message.ts';
import { parseRtspUrl, queryParameter, type RtspUrl } from '../message/url.ts';

/** What a client presented to be let in. Empty texts where it presented nothing. */
export interface PresentedCredentials {
  readonly user: string;
  readonly password: string;
  /** The password, else the query's `token`, else its `jwt`, each only when it is there once. */
  readonly token: string;
  /** Present with Digest: then the password is unknown and the connection's `verifyDigest` decides. */
  readonly digest?: DigestAuthorization;
}

/** What every request carries. */
export interface RequestContext {
  readonly request: RtspRequest;
  readonly url: RtspUrl;
  /** Name of the path: decoded, without the first slash and without track. */
  readonly path: string;
  readonly query: string;
  readonly credentials: PresentedCredentials;
  readonly userAgent: string;
}

/** A path name and a query, split from a URL. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/** Credentials by a method that the server does not offer count as none. A malformed header counts as none too. */
export function presentedCredentials(request: RtspRequest, query: string, methods: readonly AuthMethod[]): PresentedCredentials {
  const token = queryToken(query);
  const nobody: PresentedCredentials = { user: '', password: '', token };
  const value = request.headers.single('Authorization');
  if (value === undefined) return nobody;
  try {
    const header = parseAuthorization(value);
    if (header.scheme === 'digest') {
      if (!methods.some((method) => method !== 'basic')) return nobody;
      return { user: header.user, password: '', token, digest: header };
    }
    if (!methods.includes('basic')) return nobody;
    return { user: header.user, password: header.password, token: header.password === '' ? token : header.password };
  } catch (error) {
    if (error instanceof ParseError) return nobody;
    throw error;
  }
}

function queryToken(query: string): string {
  try {
    return queryParameter(query, 'token') ?? queryParameter(query, 'jwt') ?? '';
  } catch {
    return '';
  }
}

/** Errors: ParseError when the URL is malformed or `*`. */
export function requestUrl(request: RtspRequest): RtspUrl {
  return parseRtspUrl(request.url);
}

/** Of every method but SETUP. FFmpeg puts its trailing slash behind the query, GStreamer behind the path; in ANNOUNCE both belong to the name. */
export function aggregateTarget(url: RtspUrl, announce: boolean): Target {
  if (!announce) {
    if (url.query.endsWith('/')) return { path: url.path, query: url.query.substring(0, url.query.length - 1) };
    if (url.path.length > 1 && url.path.endsWith('/')) return { path: url.path.substring(0, url.path.length - 1), query: url.query };
  }
  return { path: url.path, query: url.query };
}

const TRACK = '/trackID=';

/**
 * Of a SETUP that plays: path, query and track, wherever the client has put the track: behind the query (FFmpeg) or the path (GStreamer).
 * Without track, but with a trailing slash or an empty path, it is track 0 (FFmpeg with MPEG-TS). Undefined when it is none of these.
 */
export function playTarget(url: RtspUrl): (Target & { readonly track: string }) | undefined {
  const { path, query } = url;
  const inQuery = query.lastIndexOf(TRACK);
  if (inQuery >= 0) return { path, query: query.substring(0, inQuery), track: query.substring(inQuery + TRACK.length) };
  const inPath = path.lastIndexOf(TRACK);
  if (inPath >= 0) return { path: path.substring(0, inPath), query, track: path.substring(inPath + TRACK.length) };
  if (query.endsWith('/')) return { path, query: query.substring(0, query.length - 1), track: '0' };
  if (path.length > 1 && path.endsWith('/')) return { path: path.substring(0, path.length - 1), query, track: '0' };
  return path === '' || path === '/' ? { path, query, track: '0' } : undefined;
}

/**
 * The announced media that a SETUP names, by its control attribute; undefined when there is none.
 * FFmpeg appends the control to the query, GStreamer to the path; a control that is a URL is compared without its host.
 */
export function announcedMediaIndex(url: RtspUrl, announced: Target, controls: readonly string[]): number | undefined {
  const index = controls.findIndex((control) => {
    if (/^rtsps?:\/\//i.test(control)) {
      try {
        const absolute = parseRtspUrl(control);
        return absolute.path === url.path && absolute.query === url.query;
      } catch {
        return false;
      }
    }
    if (url.path === `${announced.path}/${control}` && url.query === announced.query) return true;
    return announced.query !== '' && url.path === announced.path && url.query === `${announced.query}/${control}`;
  });
  return index < 0 ? undefined : index;
}
