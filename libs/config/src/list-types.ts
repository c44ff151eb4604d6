import { ConfigError } from './config-error.ts';
import { isNull, wrongType } from './config-node.ts';
import type { ConfigEntry, ConfigNode } from './config-node.ts';
import { decodeValue, locating, memberPath, unknownField } from './value-type.ts';
import type { JsonSchema, Members, ObjectListType, ObjectOf, ValueType } from './value-type.ts';

/** The longest list of the shipped configuration has 3 entries; the cap stops an environment variable of commas. */
export const MAX_LIST_ITEMS = 10_000;

/**
 * A list of scalars; it replaces the one before as a whole. In the environment it is a comma list, '' is the empty list.
 *
 * `unique` makes it a set of words: sorted, without repetitions, so that equal sets are equal lists.
 */
export function listType<T>(item: ValueType<T>, options: { goType?: string; unique?: boolean } = {}): ValueType<readonly T[]> {
  const finish = (items: readonly T[]): readonly T[] =>
    options.unique === true ? [...new Set(items)].sort((a, b) => (a < b ? -1 : 1)) : items;
  return {
    name: `list of ${item.name}`,
    zero: [],
    onNull: 'refuse',
    jsonSchema: { type: 'array', items: item.jsonSchema },
    decode(node, path) {
      if (node.kind !== 'list') throw wrongType(node, options.goType ?? '[]string');
      return finish(node.items.map((element) => (isNull(element) ? nullItem(item) : item.decode(element, path))));
    },
    parseText(text) {
      if (text === '') return [];
      const parts = text.split(',');
      if (parts.length > MAX_LIST_ITEMS) throw new ConfigError(`more than ${MAX_LIST_ITEMS} items`);
      return finish(parts.map((part) => item.parseText(part)));
    },
    encode: (items, form) => items.map((element) => item.encode(element, form)),
  };
}

function nullItem<T>(item: ValueType<T>): T {
  return item.onNull === 'empty' ? item.parseText('') : item.zero;
}

/**
 * A list of objects.
 *
 * `check` refuses an object after its members were read. With `ownDecoder`, unknown fields are named without the path
 * to them, as MediaMTX does for types that bring their own decoder.
 */
export function objectListType<const M extends Members>(
  name: string,
  members: M,
  options: { check?: (item: ObjectOf<M>) => void; ownDecoder?: boolean; secretMember?: keyof M & string } = {},
): ObjectListType<ObjectOf<M>> {
  const decodeItem = (node: ConfigNode, path: string): ObjectOf<M> => {
    const item = decodeObject(members, node, options.ownDecoder === true ? '' : path) as ObjectOf<M>;
    options.check?.(item);
    return item;
  };
  return {
    name: `list of ${name}`,
    members,
    ...(options.secretMember === undefined ? {} : { secretMember: options.secretMember }),
    zero: [],
    onNull: 'refuse',
    jsonSchema: { type: 'array', items: objectSchema(members) },
    decode(node, path) {
      if (node.kind !== 'list') throw wrongType(node, '[]json.RawMessage');
      return node.items.map((element, i) => decodeItem(element, `${path}[${i}]`));
    },
    parseText(text) {
      if (text === '') return [];
      throw new ConfigError('elements of this list are set by their index');
    },
    encode: (items, form) =>
      items.map((item) => Object.fromEntries(Object.entries(members).map(([key, type]) => [key, type.encode(item[key], form)]))),
  };
}

export function objectSchema(members: Members): JsonSchema {
  const properties = Object.fromEntries(Object.entries(members).map(([key, type]) => [key, type.jsonSchema]));
  return { type: 'object', additionalProperties: false, properties };
}

/** An object of `members`; what is left out has the type's zero value. */
export function decodeObject(members: Members, node: ConfigNode, path: string): Record<string, unknown> {
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(members).map(([key, type]) => [key, type.zero]));
  for (const entry of objectEntries(node)) {
    const type = Object.hasOwn(members, entry.key) ? members[entry.key] : undefined;
    if (type === undefined) throw unknownField(path, entry.key, { ...lineOf(entry), known: Object.keys(members) });
    locating({ key: entry.key, line: entry.line }, () => {
      const value: unknown = decodeValue(type, entry.value, memberPath(path, entry.key));
      if (value !== undefined) values[entry.key] = value;
    });
  }
  return values;
}

/** The entries of a map; null is a map without entries. */
export function objectEntries(node: ConfigNode): readonly ConfigEntry[] {
  if (node.kind === 'map') return node.entries;
  if (isNull(node)) return [];
  throw wrongType(node, 'map[string]json.RawMessage');
}

function lineOf(entry: ConfigEntry): { line?: number } {
  return entry.line === undefined ? {} : { line: entry.line };
}
