import { ConfigError } from './config-error.ts';
import { decodeObject, objectSchema } from './list-types.ts';
import type { Members, ObjectOf, ObjectType } from './value-type.ts';

/** An object; it replaces the one before as a whole, and what is left out of it has the type's zero value. */
export function objectType<const M extends Members>(name: string, fields: M): ObjectType<ObjectOf<M>> {
  const zero = Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, type.zero as unknown])) as ObjectOf<M>;
  return {
    name,
    fields,
    zero,
    onNull: 'keep',
    jsonSchema: objectSchema(fields),
    decode: (node, path) => decodeObject(fields, node, path) as ObjectOf<M>,
    parseText(text) {
      if (text === '') return zero;
      throw new ConfigError('members of this object are set by their name');
    },
    encode: (value, form) =>
      Object.fromEntries(
        Object.entries(fields)
          .filter(([key, type]) => form === 'api' || value[key] !== type.zero)
          .map(([key, type]) => [key, type.encode(value[key], form)]),
      ),
  };
}
