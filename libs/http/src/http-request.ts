import type { IncomingMessage } from 'node:http';

/** What the server adds to Node's request before a handler sees it; Nest reads `params`, `query` and `body` by these names. */
export interface RequestFacts {
  /** Decoded; begins with a slash. */
  path: string;
  /** Without the question mark, as it came. */
  rawQuery: string;
  params: Readonly<Record<string, string>>;
  /** The first value of each key. */
  query: Readonly<Record<string, string>>;
  /** The client, behind trusted proxies too; '' on a Unix socket. */
  clientIp: string;
  /** Who was let in; '' for whoever needs no name. */
  user: string;
  /** Of requests that change something. */
  body: Uint8Array;
}

export type HttpRequest = IncomingMessage & RequestFacts;

/** What has to be decoded in a query. */
const ENCODED = /[%+]/u;
/** ASCII, and nothing percent-encoded: most paths. */
const PLAIN_PATH = /^[!-$&-~]*$/u;

/** Path and query of a request target; undefined when it is malformed. */
export function parseTarget(target: string): Pick<RequestFacts, 'path' | 'rawQuery' | 'query'> | undefined {
  const mark = target.indexOf('?');
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  if (path === undefined || !path.startsWith('/')) return undefined;
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  return { path, rawQuery, query: parseQuery(rawQuery) };
}

function parseQuery(rawQuery: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  if (rawQuery === '') return query;
  if (ENCODED.test(rawQuery)) for (const [key, value] of new URLSearchParams(rawQuery)) query[key] ??= value;
  else for (const pair of rawQuery.split('&')) addPair(query, pair);
  return query;
}

function addPair(query: Record<string, string>, pair: string): void {
  if (pair === '') return;
  const equals = pair.indexOf('=');
  if (equals < 0) query[pair] ??= '';
  else query[pair.substring(0, equals)] ??= pair.substring(equals + 1);
}

function decodePath(raw: string): string | undefined {
  if (PLAIN_PATH.test(raw)) return raw;
  if (/%(?![0-9a-f]{2})/iu.test(raw)) return undefined;
  const bytes = raw.replace(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `ip:port` of the client for log lines; only the address is known of a client behind a proxy. */
export function clientName({ clientIp, socket }: HttpRequest): string {
  const host = clientIp.includes(':') ? `[${clientIp}]` : clientIp;
  return `${host}:${socket.remotePort ?? ''}`;
}
