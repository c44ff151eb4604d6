import { ConfigError } from './config-error.ts';
import { wrongType } from './config-node.ts';
import { stringType } from './value-type.ts';
import type { EncodedForm, JsonSchema, ValueType } from './value-type.ts';
import { parseCredential } from './values/credential.ts';
import { formatDuration, formatDurationBriefly, parseDuration } from './values/duration.ts';
import { formatIpNetwork, parseIpNetwork } from './values/ip-network.ts';
import { formatSize, formatSizeExactly, parseSize } from './values/size.ts';

function textType<T extends string | number>(options: {
  name: string;
  zero: T;
  jsonSchema: JsonSchema;
  parse: (text: string) => T;
  format: (value: T, form: EncodedForm) => string;
}): ValueType<T> {
  return {
    name: options.name,
    zero: options.zero,
    onNull: 'empty',
    jsonSchema: options.jsonSchema,
    decode: (node, path) => options.parse(stringType.decode(node, path)),
    parseText: options.parse,
    encode: options.format,
  };
}

/** Milliseconds, as a number; fractions down to nanoseconds. */
export const durationType = textType<number>({
  name: 'duration',
  zero: 0,
  jsonSchema: { type: 'string', pattern: '^(-?[0-9]+d)?([-+]?([0-9.]+(ns|us|µs|ms|s|m|h))+|0)?$' },
  parse: parseDuration,
  format: (value, form) => (form === 'api' ? formatDuration(value) : formatDurationBriefly(value)),
});

/** Bytes, as a number. */
export const sizeType = textType<number>({
  name: 'size',
  zero: 0,
  jsonSchema: { type: 'string', pattern: '^\\s*[0-9.]+([eEpPtTgGmMkK]([iI]?[bB])?|[bB])\\s*$' },
  parse: parseSize,
  format: (value, form) => (form === 'api' ? formatSize(value) : formatSizeExactly(value)),
});

export const credentialType = textType<string>({
  name: 'credential',
  zero: '',
  jsonSchema: { type: 'string' },
  parse: parseCredential,
  format: (value) => value,
});

/** A network in its canonical CIDR form. */
export const networkType = textType<string>({
  name: 'IP or CIDR',
  zero: '',
  jsonSchema: { type: 'string' },
  parse: (text) => formatIpNetwork(parseIpNetwork(text)),
  format: (value) => value,
});

/** One of some words. */
export interface EnumType<T extends string> extends ValueType<T> {
  readonly values: readonly T[];
}

/**
 * One of `values`, or an alias of one.
 *
 * `invalid` makes the message for another word. `onNull` is 'keep' where MediaMTX's own decoder leaves the value
 * alone at null, 'empty' where it reads null as an empty word.
 */
export function enumType<const T extends string>(
  values: readonly T[],
  options: {
    invalid: (word: string) => string;
    onNull?: 'keep' | 'empty';
    aliases?: { readonly [word: string]: T };
    goType?: string;
    /** The value that an unquoted `off` or `no` stands for, which YAML reads as false. */
    whenFalse?: NoInfer<T>;
  },
): EnumType<T> {
  const words = new Map<string, T>(values.map((value) => [value, value]));
  for (const [alias, value] of Object.entries(options.aliases ?? {})) words.set(alias, value);
  const parse = (word: string): T => {
    const value = words.get(word);
    if (value === undefined) throw new ConfigError(options.invalid(word));
    return value;
  };
  return {
    name: values.map((value) => `\`${value}\``).join(', '),
    values,
    zero: '' as T,
    onNull: options.onNull ?? 'empty',
    jsonSchema: { enum: options.whenFalse === undefined ? [...words.keys()] : [...words.keys(), false] },
    decode(node) {
      if (node.kind === 'scalar' && typeof node.value === 'string') return parse(node.value);
      if (node.kind === 'scalar' && node.value === false && options.whenFalse !== undefined) return options.whenFalse;
      throw wrongType(node, options.goType ?? 'string');
    },
    parseText: parse,
    encode: (value) => value,
  };
}
