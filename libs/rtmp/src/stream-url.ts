import { ParseError } from '@mediamesh/bytes';

/** What the client names: the path without slashes around it, and the query as it came. */
export interface StreamUrl {
  readonly path: string;
  readonly query: string;
}

const SCHEME_AND_AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * What `connect` and `publish` or `play` name together.
 *
 * A query can be in either: encoders put credentials behind the application, or behind the stream key.
 * Errors: ParseError when the URL has no scheme, or the path has a broken percent escape.
 */
export function joinStreamUrl(tcUrl: string, streamKey: string): StreamUrl {
  const origin = SCHEME_AND_AUTHORITY.exec(tcUrl)?.[0];
  if (origin === undefined) throw new ParseError('tcUrl', 0, 'is not a URL');
  const [app, appQuery] = cutQuery(tcUrl.substring(origin.length));
  const [key, keyQuery] = cutQuery(streamKey);
  const path = `${app}/${key}`
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^\//, '')
    .replace(/\/$/, '');
  return { path: decoded(path), query: [appQuery, keyQuery].filter((query) => query !== '').join('&') };
}

function cutQuery(text: string): readonly [string, string] {
  const at = text.indexOf('?');
  return at < 0 ? [text, ''] : [text.substring(0, at), text.substring(at + 1)];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new ParseError('stream path', 0, 'has a broken percent escape', { cause: error });
  }
}

/** The first value of a name in a query, with escapes undone as in HTML forms; empty when there is none. */
export function queryValue(query: string, name: string): string {
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.substring(0, at);
    if (unescaped(key) === name) return at < 0 ? '' : unescaped(pair.substring(at + 1));
  }
  return '';
}

/** As it is where the escapes are broken: passwords with a % in them are written so. */
function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
