import { ConfigError } from './config-error.ts';
import type { ConfigNode } from './config-node.ts';
import { objectEntries } from './list-types.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { GlobalConfig, KeyTable, PathConfig } from './schema/schema.ts';
import { decodeValue, locating, memberPath, unknownField } from './value-type.ts';

/** 100 000 static paths are more than one process can serve. */
export const MAX_PATHS = 100_000;

/**
 * What a configuration says explicitly, decoded: only keys that were set are there.
 * File, environment and API changes are layers of this; `resolveConfig` makes a Config of the result.
 */
export interface ConfigDocument {
  readonly global: Partial<GlobalConfig>;
  readonly pathDefaults: Partial<PathConfig>;
  readonly paths: ReadonlyMap<string, Partial<PathConfig>>;
}

export const EMPTY_DOCUMENT: ConfigDocument = { global: {}, pathDefaults: {}, paths: new Map() };

/** Whether null unsets a key (paths and API bodies) or follows the rules of its type (files). */
type NullRule = 'unset' | 'byType';

/** Decodes a whole file. Errors: ConfigError. */
export function decodeDocument(node: ConfigNode): ConfigDocument {
  const global: Record<string, unknown> = {};
  let pathDefaults: Partial<PathConfig> = {};
  let paths: ReadonlyMap<string, Partial<PathConfig>> = new Map();
  const known = [...Object.keys(GLOBAL_KEYS), 'pathDefaults', 'paths'];
  for (const entry of objectEntries(node)) {
    locating({ key: entry.key, line: entry.line }, () => {
      if (entry.key === 'pathDefaults') pathDefaults = decodeKeys(PATH_KEYS, entry.value, { nulls: 'byType', path: 'pathDefaults' });
      else if (entry.key === 'paths') paths = decodePaths(entry.value);
      else decodeKey(GLOBAL_KEYS, entry, { nulls: 'byType', path: '', known, into: global });
    });
  }
  return { global, pathDefaults, paths };
}

/** Decodes the body of an API request that changes global keys. Errors: ConfigError. */
export function decodeGlobalPatch(node: ConfigNode): Partial<GlobalConfig> {
  return decodeKeys(GLOBAL_KEYS, node, { nulls: 'unset', path: '' });
}

/** Decodes one path, of a file or of an API body: the keys that are set, nothing else. Errors: ConfigError. */
export function decodePathPatch(node: ConfigNode): Partial<PathConfig> {
  return decodeKeys(PATH_KEYS, node, { nulls: 'unset', path: '' });
}

function decodePaths(node: ConfigNode): ReadonlyMap<string, Partial<PathConfig>> {
  const entries = objectEntries(node);
  if (entries.length > MAX_PATHS) throw new ConfigError(`more than ${MAX_PATHS} paths`);
  const paths = new Map<string, Partial<PathConfig>>();
  for (const entry of entries) {
    paths.set(
      entry.key,
      locating({ key: entry.key, line: entry.line }, () => decodePathPatch(entry.value)),
    );
  }
  return paths;
}

function decodeKeys(keys: KeyTable, node: ConfigNode, options: { nulls: NullRule; path: string }): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const known = Object.keys(keys);
  for (const entry of objectEntries(node)) {
    locating({ key: entry.key, line: entry.line }, () => decodeKey(keys, entry, { ...options, known, into: values }));
  }
  return values;
}

function decodeKey(
  keys: KeyTable,
  entry: { key: string; value: ConfigNode; line?: number },
  options: { nulls: NullRule; path: string; known: readonly string[]; into: Record<string, unknown> },
): void {
  const { nulls, path, known, into } = options;
  // `name` is in API answers; whoever sends one back is not refused for it.
  if (keys === PATH_KEYS && entry.key === 'name') return;
  const key = Object.hasOwn(keys, entry.key) ? keys[entry.key] : undefined;
  if (key === undefined) throw unknownField(path, entry.key, { ...(entry.line === undefined ? {} : { line: entry.line }), known });
  const isNull = entry.value.kind === 'scalar' && entry.value.value === null;
  if (isNull && (nulls === 'unset' || key.deprecated !== undefined)) return;
  const value: unknown = decodeValue(key.type, entry.value, memberPath(path, entry.key));
  if (value !== undefined) into[entry.key] = value;
}

/** The document with global keys changed. */
export function patchGlobal(document: ConfigDocument, patch: Partial<GlobalConfig>): ConfigDocument {
  return { ...document, global: merge(GLOBAL_KEYS, document.global, patch) };
}

/** The document with path defaults changed. */
export function patchPathDefaults(document: ConfigDocument, patch: Partial<PathConfig>): ConfigDocument {
  return { ...document, pathDefaults: merge(PATH_KEYS, document.pathDefaults, patch) };
}

/** The document with a path more. Errors: ConfigError `path already exists`. */
export function addPath(document: ConfigDocument, name: string, path: Partial<PathConfig>): ConfigDocument {
  if (document.paths.has(name)) throw new ConfigError('path already exists');
  return replacePath(document, name, path);
}

/** The document with keys of a path changed; those set before stay. Errors: ConfigError `path not found`. */
export function patchPath(document: ConfigDocument, name: string, patch: Partial<PathConfig>): ConfigDocument {
  const before = document.paths.get(name);
  if (before === undefined) throw new ConfigError('path not found');
  return replacePath(document, name, merge(PATH_KEYS, before, patch));
}

/** The document with a path that has these keys and no others, whether it was there or not. */
export function replacePath(document: ConfigDocument, name: string, path: Partial<PathConfig>): ConfigDocument {
  return { ...document, paths: new Map([...document.paths, [name, path]]) };
}

/** The document without a path. Errors: ConfigError `path not found`. */
export function removePath(document: ConfigDocument, name: string): ConfigDocument {
  if (!document.paths.has(name)) throw new ConfigError('path not found');
  return { ...document, paths: new Map([...document.paths].filter(([key]) => key !== name)) };
}

/** `patch` over `before`; a deprecated key gives way when the key that replaced it is set, or it would win for ever. */
function merge<T extends object>(keys: KeyTable, before: T, patch: T): T {
  const kept = Object.entries(before).filter(([name]) => {
    const deprecated = keys[name]?.deprecated;
    return deprecated === undefined || deprecated.as === 'pathDefault' || !Object.hasOwn(patch, deprecated.replacedBy ?? '');
  });
  return { ...Object.fromEntries(kept), ...patch };
}
