/** Query strings as Go encodes them: sorted by key. */
export function encodeQuery(query: URLSearchParams): string {
  query.sort();
  return query.toString();
}

export function withParameter(rawQuery: string, key: string, value: string): string {
  const query = new URLSearchParams(rawQuery);
  query.set(key, value);
  return encodeQuery(query);
}

export function withoutParameter(rawQuery: string, key: string): string {
  const query = new URLSearchParams(rawQuery);
  query.delete(key);
  return encodeQuery(query);
}

/** A pair that encoding would leave as it is. */
const PLAIN_PAIR = /^[\w.-]+=[\w.-]*$/u;

/** What a playlist's URIs carry on: everything but the parameters of the reload. Hot: once a client and part. */
export function carriedQuery(rawQuery: string): string {
  if (!rawQuery.includes('_HLS_')) return rawQuery;
  // Nearly always it is the session alone.
  const first = rawQuery.substring(0, rawQuery.indexOf('&'));
  if (PLAIN_PAIR.test(first) && !first.startsWith('_HLS_') && isReload(rawQuery, first.length + 1)) return first;
  const query = new URLSearchParams(rawQuery);
  for (const key of [...query.keys()]) if (key.startsWith('_HLS_')) query.delete(key);
  return encodeQuery(query);
}

/** Whether nothing but parameters of the reload follows. */
function isReload(rawQuery: string, from: number): boolean {
  for (let at = from; at > 0; at = rawQuery.indexOf('&', at) + 1) if (!rawQuery.startsWith('_HLS_', at)) return false;
  return true;
}

/** The value of a cookie; undefined when it was not sent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.substring(0, equals).trim() === name) return pair.substring(equals + 1).trim();
  }
  return undefined;
}
