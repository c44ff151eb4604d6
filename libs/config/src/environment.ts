import { ConfigError } from './config-error.ts';
import { EMPTY_DOCUMENT } from './document.ts';
import type { ConfigDocument } from './document.ts';
import { MAX_LIST_ITEMS } from './list-types.ts';
import { GLOBAL_KEYS, PATH_KEYS, defaultGlobalConfig, defaultPathConfig } from './schema/schema.ts';
import type { KeyTable } from './schema/schema.ts';
import { isObject, isObjectList } from './value-type.ts';
import type { AnyValueType, Members } from './value-type.ts';

/** The environment as `process.env` has it. */
export type Environment = { readonly [name: string]: string | undefined };

/** The older prefix is read first, so that the other one wins. */
const PREFIXES = ['RTSP', 'MTX'] as const;

/**
 * Lays the variables of the environment over a document.
 *
 * Shape:   `MTX_` (or the older `RTSP_`) and the key in upper case: MTX_RTSPADDRESS, MTX_PATHDEFAULTS_RECORD,
 *          MTX_PATHS_CAM1_SOURCE (the path's name is lower-cased), MTX_AUTHINTERNALUSERS_0_USER (elements of lists of
 *          objects; one that exists is changed key by key, defaults included), MTX_PATHDEFAULTS_HEALTHALERTS_MAXSILENCE
 *          (of an object, likewise). Lists of scalars are comma lists.
 * Errors:  ConfigError `<NAME>: <what is wrong>`; of a path's key, `MTX_PATHS_CAM1: <NAME>: <what is wrong>`.
 */
export function applyEnvironment(document: ConfigDocument, env: Environment): ConfigDocument {
  return PREFIXES.reduce((before, prefix) => applyPrefix(before, new Variables(env), prefix), document);
}

/** The document of an environment alone. */
export function documentFromEnvironment(env: Environment): ConfigDocument {
  return applyEnvironment(EMPTY_DOCUMENT, env);
}

function applyPrefix(document: ConfigDocument, variables: Variables, prefix: string): ConfigDocument {
  const global = readKeys(variables, prefix, { keys: GLOBAL_KEYS, set: document.global, inherited: defaultGlobalConfig() });
  const pathDefaults = readKeys(variables, `${prefix}_PATHDEFAULTS`, {
    keys: PATH_KEYS,
    set: document.pathDefaults,
    inherited: defaultPathConfig(),
  });
  const paths = new Map(document.paths);
  const pathsPrefix = `${prefix}_PATHS`;
  for (const segment of variables.pathSegments(pathsPrefix)) {
    const name = segment.toLowerCase();
    const pathPrefix = `${pathsPrefix}_${segment}`;
    const layer = { keys: PATH_KEYS, set: paths.get(name) ?? {}, inherited: {} };
    paths.set(
      name,
      naming(pathPrefix, () => readKeys(variables, pathPrefix, layer)),
    );
  }
  return { global, pathDefaults, paths };
}

/** `set` with what the variables say; list elements that are changed in part come from `set` or `inherited`. */
function readKeys(
  variables: Variables,
  prefix: string,
  layer: { keys: KeyTable; set: object; inherited: object },
): Record<string, unknown> {
  const values: Record<string, unknown> = { ...layer.set };
  for (const [name, key] of Object.entries(layer.keys)) {
    const current = values[name] ?? (layer.inherited as Record<string, unknown>)[name];
    const value = readValue(variables, `${prefix}_${name.toUpperCase()}`, { type: key.type, current });
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** The value of a variable, or undefined when it is not set. */
function readValue(variables: Variables, name: string, { type, current }: { type: AnyValueType; current: unknown }): unknown {
  const text = variables.get(name);
  if (isObjectList(type) && text !== '') return readObjects(variables, name, { members: type.members, current: asList(current) });
  if (text === undefined) {
    if (!isObject(type) || !variables.hasPrefix(`${name}_`)) return undefined;
    return readMembers(variables, name, { members: type.fields, current });
  }
  return naming(name, () => type.parseText(text) as unknown);
}

/** Runs a decoder and names the variable in its error; of a path's variables, MediaMTX names the path's prefix too. */
function naming<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${name}: ${error.reason}`, {}, { cause: error });
    throw error;
  }
}

function readObjects(
  variables: Variables,
  name: string,
  { members, current }: { members: Members; current: readonly unknown[] },
): readonly unknown[] | undefined {
  if (!variables.hasPrefix(`${name}_`)) return undefined;
  const items: unknown[] = [];
  for (let i = 0; i < MAX_LIST_ITEMS; i++) {
    const itemName = `${name}_${i}`;
    if (i >= current.length && !variables.hasPrefix(itemName)) return items;
    items.push(readMembers(variables, itemName, { members, current: current[i] }));
  }
  throw new ConfigError(`${name}: more than ${MAX_LIST_ITEMS} items`);
}

/** An object of `current` with what the variables say. */
function readMembers(
  variables: Variables,
  name: string,
  { members, current }: { members: Members; current: unknown },
): Record<string, unknown> {
  const item: Record<string, unknown> = Object.fromEntries(Object.entries(members).map(([key, type]) => [key, type.zero]));
  Object.assign(item, current);
  for (const [key, type] of Object.entries(members)) {
    const value = readValue(variables, `${name}_${key.toUpperCase()}`, { type, current: item[key] });
    if (value !== undefined) item[key] = value;
  }
  return item;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The variables that concern us, and which prefixes occur among them. */
class Variables {
  readonly #values = new Map<string, string>();
  readonly #names: readonly string[];

  constructor(env: Environment) {
    for (const [name, value] of Object.entries(env)) {
      if (value !== undefined && PREFIXES.some((prefix) => name.startsWith(`${prefix}_`))) this.#values.set(name, value);
    }
    this.#names = [...this.#values.keys()].sort();
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  hasPrefix(prefix: string): boolean {
    return this.#names.some((name) => name.startsWith(prefix));
  }

  /** What follows `<prefix>_` up to the next underscore, in upper case only: a lower-case letter marks another variable. */
  pathSegments(prefix: string): readonly string[] {
    const own = this.#names
      .filter((name) => name.startsWith(`${prefix}_`))
      .map((name) => name.slice(prefix.length + 1).split('_')[0] ?? '');
    return [...new Set(own)].filter((segment) => segment !== '' && segment === segment.toUpperCase());
  }
}
