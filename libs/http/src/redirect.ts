/** As Go's client. */
export const MAX_REDIRECTS = 10;

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a `Location` points. User and password stay with their origin. Undefined for an address that is none of HTTP. */
export function redirectTarget(from: URL, location: string): URL | undefined {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || (target.protocol !== 'http:' && target.protocol !== 'https:')) return undefined;
  if (target.origin === from.origin && target.username === '') {
    target.username = from.username;
    target.password = from.password;
  }
  return target;
}

/** For Node's requests: the address without user and password, and those for Basic authentication, decoded. */
export function withoutUser(url: URL): { readonly target: URL; readonly auth?: string } {
  const target = new URL(url);
  target.username = '';
  target.password = '';
  return url.username === '' ? { target } : { target, auth: `${decoded(url.username)}:${decoded(url.password)}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // of a server's redirect: as it stands
  }
}
