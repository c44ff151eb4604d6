import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from './config-error.ts';
import type { ConfigDocument } from './document.ts';
import { deprecationWarning } from './schema/key.ts';
import type { Deprecation } from './schema/key.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { GlobalConfig, PathConfig } from './schema/schema.ts';
import { DEFAULT_AUTH_USERS } from './schema/types.ts';
import type { AuthInternalUser, WebrtcIceServer } from './schema/types.ts';

/** Something in a configuration that works but should be changed. */
export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

/** Values while they are being resolved. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

const LEGACY_CREDENTIAL_KEYS = ['publishUser', 'publishPass', 'publishIPs', 'readUser', 'readPass', 'readIPs'] as const;

/** Collects warnings; one that many paths cause is kept once. */
export class Warnings {
  readonly #byMessage = new Map<string, ConfigWarning>();

  add(key: string, message: string): void {
    if (!this.#byMessage.has(message)) this.#byMessage.set(message, { key, message });
  }

  list(): readonly ConfigWarning[] {
    return [...this.#byMessage.values()];
  }
}

/** Gives the values of deprecated global keys to the keys that replaced them. */
export function applyGlobalDeprecations(global: Draft<GlobalConfig>, pathDefaults: Draft<PathConfig>, warnings: Warnings): void {
  const values = global as unknown as Record<string, unknown>;
  for (const [name, key] of Object.entries(GLOBAL_KEYS)) {
    if (key.deprecated === undefined || values[name] === undefined) continue;
    warnings.add(name, deprecationWarning(name, key.deprecated));
    const target = key.deprecated.as === 'pathDefault' ? (pathDefaults as unknown as Record<string, unknown>) : values;
    handOver(key.deprecated, values[name], target);
  }
  if (global.externalAuthenticationURL !== undefined) {
    global.authMethod = 'http';
    global.authHTTPAddress = global.externalAuthenticationURL;
  }
  if (global.webrtcICEServers !== undefined) {
    global.webrtcICEServers2 = [...global.webrtcICEServers2, ...global.webrtcICEServers.map(parseLegacyIceServer)];
  }
}

/** Gives the values of deprecated path keys to the keys that replaced them, where they apply to the source. */
export function applyPathDeprecations(path: Draft<PathConfig>, warnings: Warnings): void {
  const values = path as unknown as Record<string, unknown>;
  for (const [name, key] of Object.entries(PATH_KEYS)) {
    if (key.deprecated === undefined || values[name] === undefined) continue;
    if (key.deprecated.onlyFor !== undefined && key.deprecated.onlyFor !== sourceKind(path.source)) continue;
    warnings.add(name, deprecationWarning(name, key.deprecated));
    handOver(key.deprecated, values[name], values);
  }
}

function handOver({ replacedBy, as }: Deprecation, value: unknown, target: Record<string, unknown>): void {
  if (replacedBy === undefined) return;
  if (as === 'not') target[replacedBy] = value !== true;
  else target[replacedBy] = as === 'list' ? [value] : value;
}

function sourceKind(source: string): Deprecation['onlyFor'] {
  if (source === 'publisher' || source === 'rpiCamera') return source;
  return /^rtsps?(?:\+http|\+ws)?:\/\//.test(source) ? 'rtsp' : undefined;
}

/** `type:user:password:host:port`, or a URL. */
function parseLegacyIceServer(server: string): WebrtcIceServer {
  const [type, username, password, host, port, ...more] = server.split(':');
  if (port === undefined || more.length > 0) return { url: server, username: '', password: '', clientOnly: false };
  return { url: `${type}:${host}:${port}`, username: username ?? '', password: password ?? '', clientOnly: false };
}

/** Whether any path has users of its own. */
export function hasLegacyCredentials(document: ConfigDocument): boolean {
  return [document.pathDefaults, ...document.paths.values()].some((path) => LEGACY_CREDENTIAL_KEYS.some((key) => path[key] !== undefined));
}

/**
 * The users that the users of single paths amount to.
 *
 * Errors:  ConfigError when `authInternalUsers` was changed too.
 */
export function legacyAuthUsers(users: readonly AuthInternalUser[], paths: Iterable<PathConfig>): readonly AuthInternalUser[] {
  if (!isDeepStrictEqual(users, DEFAULT_AUTH_USERS)) {
    throw new ConfigError(`authInternalUsers and legacy credentials (${LEGACY_CREDENTIAL_KEYS.join(', ')}) cannot be used together`);
  }
  const [everyone, local] = DEFAULT_AUTH_USERS;
  if (everyone === undefined || local === undefined) throw new Error('there are two default users');
  const result: AuthInternalUser[] = [{ ...everyone, permissions: [{ action: 'playback', path: '' }] }, local];
  for (const path of paths) {
    result.push(legacyUser('publish', path.name, { user: path.publishUser, pass: path.publishPass, ips: path.publishIPs }));
    result.push(legacyUser('read', path.name, { user: path.readUser, pass: path.readPass, ips: path.readIPs }));
  }
  return result;
}

function legacyUser(
  action: 'publish' | 'read',
  pathName: string,
  set: { user: string | undefined; pass: string | undefined; ips: readonly string[] | undefined },
): AuthInternalUser {
  const path = pathName === 'all' || pathName === 'all_others' ? '~^.*$' : pathName;
  return {
    user: set.user === undefined || set.user === '' ? 'any' : set.user,
    pass: set.pass ?? '',
    ips: set.ips === undefined || set.ips.length === 0 ? ['0.0.0.0/0'] : set.ips,
    permissions: [{ action, path }],
  };
}
