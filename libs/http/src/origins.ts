/** Longer ones are no origins; it bounds the work of patterns. */
export const MAX_ORIGIN_LENGTH = 512;

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]+)$/iu;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

interface Origin {
  readonly scheme: string;
  /** As written, in lower case. */
  readonly authority: string;
}

/**
 * Where scripts may come from: `https://host[:port]`, patterns (`https://*.example.com`), or `*` for everywhere.
 * Source: contract 1.12.
 */
export class AllowedOrigins {
  private readonly exact: readonly Origin[];
  /** Of authorities: a pattern's scheme says nothing. */
  private readonly patterns: readonly RegExp[];
  /** Of host names, from all entries that name one. */
  private readonly hosts: readonly RegExp[];
  private readonly everywhere: boolean;

  constructor(entries: readonly string[]) {
    this.everywhere = entries.includes('*');
    const origins = entries.map((entry) => parseOrigin(entry.replace(/\/$/u, ''))).filter((origin) => origin !== undefined);
    this.exact = origins.filter(({ authority }) => !authority.includes('*'));
    this.patterns = origins.filter(({ authority }) => authority.includes('*')).map(({ authority }) => patternOf(authority));
    // `https://*` names no host.
    this.hosts = origins.map(({ authority }) => hostNameOf(authority)).flatMap((host) => (/^[*.]+$/u.test(host) ? [] : [patternOf(host)]));
  }

  /** Value of Access-Control-Allow-Origin for a request's Origin; undefined for none. */
  allow(origin: string | undefined): string | undefined {
    const parsed = parseOrigin(origin ?? '');
    if (origin !== undefined && parsed !== undefined && this.matches(parsed)) return origin;
    const isReadable = origin === undefined || origin === 'null' || parsed !== undefined;
    return this.everywhere && isReadable ? '*' : undefined;
  }

  /** Whether an entry names this host, other than by naming every host. */
  namesHost(hostName: string): boolean {
    return hostName.length <= MAX_ORIGIN_LENGTH && this.hosts.some((host) => host.test(hostName.toLowerCase()));
  }

  /** Whether an entry names this origin, other than by naming every origin. */
  namesOrigin(origin: string): boolean {
    const parsed = parseOrigin(origin);
    return parsed !== undefined && this.matches(parsed) && this.namesHost(hostNameOf(parsed.authority));
  }

  private matches(origin: Origin): boolean {
    const authority = fullAuthority(origin);
    if (this.exact.some((entry) => entry.scheme === origin.scheme && fullAuthority(entry) === authority)) return true;
    return this.patterns.some((pattern) => pattern.test(origin.authority));
  }
}

/** Whether a page of this origin is served under this Host. A proxy may have taken off TLS, so schemes are not compared. */
export function isSameOrigin(origin: string, host: string): boolean {
  const parsed = parseOrigin(origin);
  if (parsed === undefined) return false;
  return fullAuthority(parsed) === fullAuthority({ scheme: parsed.scheme, authority: host.toLowerCase() });
}

/** The host of `host:port`, without brackets. */
export function hostNameOf(authority: string): string {
  return authority
    .replace(/:\d*$/u, '')
    .replace(/^\[(.*)\]$/u, '$1')
    .toLowerCase();
}

function parseOrigin(text: string): Origin | undefined {
  if (text.length > MAX_ORIGIN_LENGTH) return undefined;
  const [, scheme, authority] = ORIGIN.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  return { scheme: scheme.toLowerCase(), authority: authority.toLowerCase() };
}

function fullAuthority({ scheme, authority }: Origin): string {
  return /:\d+$/u.test(authority) ? authority : `${authority}:${DEFAULT_PORTS[scheme] ?? ''}`;
}

/** `*.` is any chain of sub-domains, or none; `*` is anything. */
function patternOf(authority: string): RegExp {
  const source = authority
    .split(/(\*\.|\*)/u)
    .map((part) => (part === '*.' ? '(?:.*\\.)?' : part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/gu, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'u');
}
