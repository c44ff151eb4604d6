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

/** What a playlist's URIs carry on: everything but the parameters of the reload. */
export function carriedQuery(rawQuery: string): string {
  if (rawQuery === '' || !rawQuery.includes('_HLS_')) return rawQuery;
  const query = new URLSearchParams(rawQuery);
  for (const key of [...query.keys()]) if (key.startsWith('_HLS_')) query.delete(key);
  return encodeQuery(query);
}

/** The value of a cookie; undefined when it was not sent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.substring(0, equals).trim() === name) return pair.substring(equals + 1).trim();
  }
  return undefined;
}
