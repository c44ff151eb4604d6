import { GLOBAL_KEYS, PATH_KEYS } from '../schema/schema.ts';
import type { AnyKey, KeyTable } from '../schema/schema.ts';
import type { JsonSchema } from '../value-type.ts';

/** The JSON Schema of `mediamtx.yml`, for editors that complete and check YAML files. */
export function generateJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'MediaMesh configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties(GLOBAL_KEYS),
      pathDefaults: { description: 'Values that every path has unless it sets its own.', $ref: '#/$defs/path' },
      paths: {
        description: 'Paths by name; ~ starts a regular expression, all_others stands for the rest.',
        type: ['object', 'null'],
        additionalProperties: { $ref: '#/$defs/path' },
      },
    },
    $defs: {
      path: { type: ['object', 'null'], additionalProperties: false, properties: { name: { type: 'string' }, ...properties(PATH_KEYS) } },
    },
  };
}

function properties(keys: KeyTable): JsonSchema {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, property(key)]));
}

function property(key: AnyKey): JsonSchema {
  const schema = { description: key.about, ...nullable(key) };
  if (key.deprecated !== undefined) return { ...schema, deprecated: true };
  return { ...schema, default: key.type.encode(key.default, 'file') };
}

/** A key without a value keeps its default, except where null is refused. */
function nullable({ type }: AnyKey): JsonSchema {
  const { jsonSchema } = type;
  if (type.onNull === 'refuse') return jsonSchema;
  if (Array.isArray(jsonSchema['enum']))
    return type.onNull === 'keep' ? { ...jsonSchema, enum: [...jsonSchema['enum'], null] } : jsonSchema;
  return { ...jsonSchema, type: [jsonSchema['type'] ?? 'string', 'null'] };
}
