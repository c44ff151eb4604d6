import { ParseError } from '@mediamesh/bytes';

/** A server's stream, as `connect` and `publish` or `play` name it. Credentials stay out of it. */
export interface StreamAddress {
  readonly app: string;
  readonly tcUrl: string;
  readonly streamKey: string;
  /** Empty without; undone of percent escapes. */
  readonly user: string;
  readonly password: string;
}

const URL_PARTS = /^(rtmps?):\/\/(?:([^@/?#]*)@)?([^/?#]*)\/?([^?#]*)(\?[^#]*)?(?:#(.*))?$/i;

/**
 * `rtmp://user:pass@host/app/key?query#streamKey`: the fragment is the stream key, else the last part of the path, with the query.
 *
 * Errors: ParseError when it is not such a URL. The message does not have the URL in it.
 */
export function parseStreamAddress(url: string): StreamAddress {
  const parts = URL_PARTS.exec(url);
  const [, scheme, login = '', host, path = '', query = '', fragment] = parts ?? [];
  if (scheme === undefined || host === undefined || host === '')
    throw new ParseError('RTMP URL', 0, 'is not of the form rtmp://host/app/key');
  const origin = `${scheme.toLowerCase()}://${host}`;
  const at = login.indexOf(':');
  const credentials = {
    user: decoded(at < 0 ? login : login.substring(0, at)),
    password: at < 0 ? '' : decoded(login.substring(at + 1)),
  };
  if (fragment !== undefined) return { app: path + query, tcUrl: `${origin}/${path}${query}`, streamKey: fragment, ...credentials };
  const cut = path.lastIndexOf('/');
  const app = cut < 0 ? path : path.substring(0, cut);
  const key = cut < 0 ? '' : path.substring(cut + 1);
  return { app, tcUrl: `${origin}/${app}`, streamKey: key + query, ...credentials };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
