import type { JsonValue } from './config-node.ts';
import { changedKeys } from './diff.ts';
import type { ConfigDocument } from './document.ts';
import { FOR_STORING, marshalKey, marshalKeys } from './marshal.ts';
import type { JsonObject } from './marshal.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { KeyTable } from './schema/schema.ts';

/**
 * What makes one document of another, secrets included.
 *
 * Shape:   a merge patch of what `marshalDocument` gives: null unsets a key or removes a path, a list replaces the one before.
 *          Undefined when the documents say the same. Paths that both share are not looked into.
 *          An object, as `healthAlerts` is, replaces the one before too: null unsets the members that are gone.
 * Source:  RFC 7396. No value of a key is null, nor has one in it.
 */
export function documentPatch(before: ConfigDocument, after: ConfigDocument): JsonObject | undefined {
  const pathDefaults = keysPatch(PATH_KEYS, before.pathDefaults, after.pathDefaults);
  const paths = pathsPatch(before.paths, after.paths);
  const patch = {
    ...keysPatch(GLOBAL_KEYS, before.global, after.global),
    ...(pathDefaults && { pathDefaults }),
    ...(paths && { paths }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function keysPatch(keys: KeyTable, before: object, after: object): JsonObject | undefined {
  const names = changedKeys(keys, before, after);
  if (names.length === 0) return undefined;
  const valueOf = (name: string, of: object): JsonValue => marshalKey(keys, name, of, FOR_STORING);
  return Object.fromEntries(names.map((name) => [name, replacing(valueOf(name, before), valueOf(name, after))]));
}

function replacing(old: JsonValue, young: JsonValue): JsonValue {
  if (!isObject(old) || !isObject(young)) return young;
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(young, name));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...young };
}

function pathsPatch(before: ConfigDocument['paths'], after: ConfigDocument['paths']): JsonObject | undefined {
  if (before === after) return undefined;
  const patch: [string, JsonValue][] = [];
  for (const name of before.keys()) if (!after.has(name)) patch.push([name, null]);
  for (const [name, path] of after) {
    const old = before.get(name);
    const change = old === undefined ? marshalKeys(PATH_KEYS, path, FOR_STORING) : keysPatch(PATH_KEYS, old, path);
    if (change !== undefined) patch.push([name, change]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

/** What a merge patch makes of a value. Source: RFC 7396. */
export function applyMergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, JsonValue>(isObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, applyMergePatch(merged.get(name), change));
  }
  return Object.fromEntries(merged);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
