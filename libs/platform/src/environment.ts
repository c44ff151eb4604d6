import { isSubjectToken } from './control/subjects.ts';

/** Settings that a process gets from its surroundings, not from `mediamtx.yml`: all read here, so that their errors read alike. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of the environment that cannot be used; the message names it and says what it takes. */
export class EnvironmentError extends Error {
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(`${variable}: ${message}`);
    this.name = 'EnvironmentError';
    this.variable = variable;
  }
}

/** How to reach NATS; control and media use it for a connection each. */
export interface NatsSettings {
  readonly servers: readonly string[];
  /** Before every subject, so that several installations share a NATS account. */
  readonly prefix: string;
  readonly login:
    | { readonly kind: 'none' }
    | { readonly kind: 'password'; readonly user: string; readonly password: string }
    | { readonly kind: 'token'; readonly token: string }
    /** A `.creds` file with JWT and seed. */
    | { readonly kind: 'credentialsFile'; readonly path: string };
  readonly tls: NatsTlsSettings | undefined;
}

export interface NatsTlsSettings {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export interface ListenAddress {
  /** Undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

const DEFAULT_PREFIX = 'mediamesh';
const NATS_SCHEMES = ['nats:', 'tls:'];

/** Undefined when MEDIAMESH_NATS_URL is not set. @throws EnvironmentError */
export function readNatsSettings(env: Environment): NatsSettings | undefined {
  const url = env['MEDIAMESH_NATS_URL'];
  if (url === undefined || url === '') return undefined;
  const urls = url.split(',').map((part) => parseNatsUrl(part.trim()));
  const prefix = env['MEDIAMESH_NATS_PREFIX'] ?? DEFAULT_PREFIX;
  if (!prefix.split('.').every(isSubjectToken)) {
    throw new EnvironmentError(
      'MEDIAMESH_NATS_PREFIX',
      `'${prefix}' is no subject prefix: words of letters, digits, '-' and '_', with dots between`,
    );
  }
  const tlsByUrl = urls.some(({ protocol }) => protocol === 'tls:');
  return {
    servers: urls.map(({ host, port }) => `${host}:${port === '' ? '4222' : port}`),
    prefix,
    login: readLogin(env, urls),
    tls: readTls(env, tlsByUrl),
  };
}

function parseNatsUrl(text: string): { protocol: string; host: string; port: string; user: string; password: string } {
  const variable = 'MEDIAMESH_NATS_URL';
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `nats://${text}`);
  } catch {
    // The text may hold a password.
    throw new EnvironmentError(variable, 'not a URL: it looks like nats://host:4222, several are separated by commas');
  }
  if (!NATS_SCHEMES.includes(url.protocol))
    throw new EnvironmentError(variable, `scheme '${url.protocol}' is not possible: nats:// or tls://`);
  if (url.hostname === '') throw new EnvironmentError(variable, 'a URL without a host: it looks like nats://host:4222');
  const { protocol, hostname, port, username, password } = url;
  return { protocol, host: hostname, port, user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function readLogin(env: Environment, urls: readonly { user: string; password: string }[]): NatsSettings['login'] {
  const inUrl = urls.find(({ user }) => user !== '');
  const user = env['MEDIAMESH_NATS_USER'] ?? inUrl?.user;
  const password = env['MEDIAMESH_NATS_PASSWORD'] ?? inUrl?.password;
  const token = env['MEDIAMESH_NATS_TOKEN'];
  const path = env['MEDIAMESH_NATS_CREDENTIALS_FILE'];
  if ([user, token, path].filter((given) => given !== undefined).length > 1) {
    throw new EnvironmentError(
      'MEDIAMESH_NATS_USER',
      'user, MEDIAMESH_NATS_TOKEN and MEDIAMESH_NATS_CREDENTIALS_FILE exclude each other: set one',
    );
  }
  if (token !== undefined) return { kind: 'token', token };
  if (path !== undefined) return { kind: 'credentialsFile', path };
  if (user === undefined) {
    if (password === undefined) return { kind: 'none' };
    throw new EnvironmentError('MEDIAMESH_NATS_PASSWORD', 'given without MEDIAMESH_NATS_USER');
  }
  return { kind: 'password', user, password: password ?? '' };
}

function readTls(env: Environment, byUrl: boolean): NatsTlsSettings | undefined {
  const caFile = env['MEDIAMESH_NATS_TLS_CA_FILE'];
  const certFile = env['MEDIAMESH_NATS_TLS_CERT_FILE'];
  const keyFile = env['MEDIAMESH_NATS_TLS_KEY_FILE'];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new EnvironmentError('MEDIAMESH_NATS_TLS_CERT_FILE', 'goes together with MEDIAMESH_NATS_TLS_KEY_FILE: set both or none');
  }
  const wanted = byUrl || readBoolean(env, 'MEDIAMESH_NATS_TLS') || caFile !== undefined || certFile !== undefined;
  return wanted ? { caFile, certFile, keyFile } : undefined;
}

function readBoolean(env: Environment, variable: string): boolean {
  switch (env[variable]) {
    case undefined:
    case '':
    case 'no':
    case 'false':
      return false;
    case 'yes':
    case 'true':
      return true;
    default:
      throw new EnvironmentError(variable, `'${env[variable]}' is not possible: yes or no`);
  }
}

/** MEDIAMESH_ADMIN_ADDRESS; undefined when it is set to nothing, which means no admin server. @throws EnvironmentError */
export function readAdminAddress(env: Environment, byDefault: string): ListenAddress | undefined {
  const text = env['MEDIAMESH_ADMIN_ADDRESS'] ?? byDefault;
  if (text === '') return undefined;
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]\s]*)):(?<port>\d{1,5})$/u.exec(text);
  const port = Number(match?.groups?.['port'] ?? NaN);
  if (match === null || port > 65_535) {
    throw new EnvironmentError('MEDIAMESH_ADMIN_ADDRESS', `'${text}' is no address: it looks like 127.0.0.1:9990, [::1]:9990 or :9990`);
  }
  const host = match.groups?.['v6'] ?? match.groups?.['host'] ?? '';
  return { host: host === '' ? undefined : host, port };
}
