import { ConfigError, locateConfigError } from './config-error.ts';
import { isNull, wrongType } from './config-node.ts';
import type { ConfigNode, JsonValue } from './config-node.ts';
import { nearestKey } from './nearest-key.ts';

/**
 * How the values of a key are read and written.
 *
 * Shape:   `decode` reads a YAML or JSON value, `parseText` the text of an environment variable; what `encode` gives
 *          is read back by `decode`, without loss in the form 'file'.
 * Errors:  `decode` and `parseText` throw ConfigError.
 */
export interface ValueType<T> {
  /** The word for the reference page. */
  readonly name: string;
  /** The value of a member that is left out of an object of a list. */
  readonly zero: T;
  /** What an explicit null means: the key keeps its value, null reads as an empty text, or null is refused. */
  readonly onNull: 'keep' | 'empty' | 'refuse';
  readonly jsonSchema: JsonSchema;
  decode(node: ConfigNode, path: string): T;
  parseText(text: string): T;
  encode(value: T, form: EncodedForm): JsonValue;
}

/** MediaMTX's texts in API answers ('' for no duration, rounded sizes), or exact ones as a user would write them. */
export type EncodedForm = 'api' | 'file';

export type JsonSchema = { readonly [keyword: string]: JsonValue };

/** The type of the values that a ValueType reads. */
export type ValueOf<V> = V extends ValueType<infer T> ? T : never;

// `any`: a table of types of different values has no common value type that is both read and written.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyValueType = ValueType<any>;

export type Members = { readonly [key: string]: AnyValueType };

export type ObjectOf<M extends Members> = { readonly [K in keyof M]: ValueOf<M[K]> };

/** A list of objects; environment variables address its elements one by one. */
export interface ObjectListType<T> extends ValueType<readonly T[]> {
  readonly members: Members;
  /** Shown as `<redacted>` in API answers. */
  readonly secretMember?: string;
}

export function isObjectList(type: AnyValueType): type is ObjectListType<Record<string, unknown>> {
  return 'members' in type;
}

/** An object; environment variables address its members one by one. */
export interface ObjectType<T> extends ValueType<T> {
  readonly fields: Members;
}

export function isObject(type: AnyValueType): type is ObjectType<Record<string, unknown>> {
  return 'fields' in type;
}

/** Reads a value, or returns undefined when null leaves the key as it is. */
export function decodeValue<T>(type: ValueType<T>, node: ConfigNode, path: string): T | undefined {
  if (!isNull(node)) return type.decode(node, path);
  if (type.onNull === 'keep') return undefined;
  if (type.onNull === 'empty') return type.parseText('');
  throw new ConfigError(path === '' ? 'cannot set slice to nil' : `cannot set slice "${path}" to nil`);
}

/** Joins MediaMTX's dotted path of an unknown field. */
export function memberPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

export function unknownField(path: string, key: string, place: { line?: number; known: Iterable<string> }): ConfigError {
  const suggestion = nearestKey(key, place.known);
  return new ConfigError(`json: unknown field "${memberPath(path, key)}"`, {
    key,
    ...(place.line === undefined ? {} : { line: place.line }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Runs a decoder and says in its error which key and line it was about. */
export function locating<T>(place: { key: string; line: number | undefined }, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw locateConfigError(error, { key: place.key, ...(place.line === undefined ? {} : { line: place.line }) });
  }
}

function scalarType<T extends string | number | boolean>(options: {
  name: string;
  goType: string;
  zero: T;
  jsonSchema: JsonSchema;
  read: (value: string | number | boolean) => T | undefined;
  parseText: (text: string) => T;
}): ValueType<T> {
  return {
    name: options.name,
    zero: options.zero,
    onNull: 'keep',
    jsonSchema: options.jsonSchema,
    decode(node) {
      const value = node.kind === 'scalar' && node.value !== null ? options.read(node.value) : undefined;
      if (value !== undefined) return value;
      const number = node.kind === 'scalar' && typeof node.value === 'number' ? ` ${node.value}` : '';
      throw wrongType(node, options.goType, options.goType === 'string' || options.goType === 'bool' ? '' : number);
    },
    parseText: options.parseText,
    encode: (value) => value,
  };
}

export const stringType = scalarType<string>({
  name: 'string',
  goType: 'string',
  zero: '',
  jsonSchema: { type: 'string' },
  read: (value) => (typeof value === 'string' ? value : undefined),
  parseText: (text) => text,
});

export const boolType = scalarType<boolean>({
  name: 'boolean',
  goType: 'bool',
  zero: false,
  jsonSchema: { type: 'boolean' },
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  parseText(text) {
    const lower = text.toLowerCase();
    if (lower === 'yes' || lower === 'true') return true;
    if (lower === 'no' || lower === 'false') return false;
    throw new ConfigError(`invalid value '${text}'`);
  },
});

export const intType = scalarType<number>({
  name: 'integer',
  goType: 'int',
  zero: 0,
  jsonSchema: { type: 'integer' },
  read: (value) => (Number.isSafeInteger(value) ? Number(value) : undefined),
  parseText: (text) => parseGoInteger(text, { name: 'ParseInt', pattern: /^[+-]?[0-9]+$/, min: -(2 ** 31), max: 2 ** 31 - 1 }),
});

export const uintType = scalarType<number>({
  name: 'unsigned integer',
  goType: 'uint',
  zero: 0,
  jsonSchema: { type: 'integer', minimum: 0 },
  read: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined),
  parseText: (text) => parseGoInteger(text, { name: 'ParseUint', pattern: /^[0-9]+$/, min: 0, max: 2 ** 32 - 1 }),
});

export const floatType = scalarType<number>({
  name: 'number',
  goType: 'float64',
  zero: 0,
  jsonSchema: { type: 'number' },
  read: (value) => (typeof value === 'number' ? value : undefined),
  parseText(text) {
    if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
    throw new ConfigError(`strconv.ParseFloat: parsing "${text}": invalid syntax`);
  },
});

function parseGoInteger(text: string, rule: { name: string; pattern: RegExp; min: number; max: number }): number {
  if (!rule.pattern.test(text)) throw new ConfigError(`strconv.${rule.name}: parsing "${text}": invalid syntax`);
  const value = Number(text);
  if (value < rule.min || value > rule.max) throw new ConfigError(`strconv.${rule.name}: parsing "${text}": value out of range`);
  return value;
}
