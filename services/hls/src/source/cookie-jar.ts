/** A server that sets more is not served by remembering them. */
export const MAX_COOKIES = 64;
export const MAX_COOKIE_CHARACTERS = 4_096;

interface Cookie {
  readonly value: string;
  readonly secure: boolean;
}

/** Cookies of one source, as far as HLS servers need them: by host, for as long as the source runs. */
export class CookieJar {
  private readonly cookies = new Map<string, Map<string, Cookie>>();
  private count = 0;

  store(url: URL, headers: readonly string[]): void {
    for (const header of headers) {
      const [pair = '', ...attributes] = header.split(';');
      const equals = pair.indexOf('=');
      if (equals <= 0 || pair.length > MAX_COOKIE_CHARACTERS) continue;
      const secure = attributes.some((attribute) => attribute.trim().toLowerCase() === 'secure');
      this.put(url.hostname, pair.substring(0, equals).trim(), { value: pair.substring(equals + 1).trim(), secure });
    }
  }

  /** Value of the Cookie header; undefined without any. */
  headerFor(url: URL): string | undefined {
    const own = [...(this.cookies.get(url.hostname) ?? [])].filter(([, { secure }]) => !secure || url.protocol === 'https:');
    return own.length === 0 ? undefined : own.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  private put(host: string, name: string, cookie: Cookie): void {
    const own = this.cookies.get(host) ?? new Map<string, Cookie>();
    if (!own.has(name)) {
      if (this.count === MAX_COOKIES) return;
      this.count++;
    }
    this.cookies.set(host, own.set(name, cookie));
  }
}
