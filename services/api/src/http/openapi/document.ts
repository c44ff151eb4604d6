import { generateJsonSchema } from '@mediamesh/config';
import type { JsonObject } from '@mediamesh/config';
import { z } from 'zod';
import { errorSchema } from './answer-schemas.ts';
import { PARAMETERS } from './operation.ts';
import type { ConfigSchemaName, Operation, ParameterName } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const COMPONENT = '#/components/schemas/';
const TEXT = { 'text/plain': { schema: { type: 'string' } } };

const DESCRIPTION = `Requests and answers are those of MediaMTX. They need the permission \`api\`.

Requests of web pages that change something need a JSON content type, an origin that is the same or listed in \`apiAllowOrigins\`, and a host name that is known.`;

type Json = JsonObject[string];

/** The OpenAPI document of the Control API: from the table of operations, zod's schemas, and the configuration's keys. */
export function openApiDocument(version: string): JsonObject {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describe(operation, schemas);
  return {
    openapi: '3.1.0',
    info: { title: 'MediaMesh Control API', version, description: DESCRIPTION },
    servers: [{ url: 'http://localhost:9997' }],
    security: [{}, { basic: [] }, { bearer: [] }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
      parameters: Object.fromEntries(Object.entries(PARAMETERS).map(([name, parameter]) => [name, { name, ...parameter }])),
      responses: sharedResponses(schemas),
      schemas: schemas.components,
    },
  };
}

function describe(operation: Operation, schemas: Schemas): Json {
  const { id, tag, summary, path, query = [], body, answer, isStream = false, ofServer } = operation;
  const content = isStream ? { 'text/event-stream': { schema: schemas.answer(answer) } } : json(schemas.answer(answer));
  const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name as ParameterName);
  const parameters = [...inPath, ...query].map((name) => ({ $ref: `#/components/parameters/${name}` }));
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(ofServer === undefined ? {} : { description: `Only while the ${ofServer} server is enabled.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json({ $ref: COMPONENT + body }) } }),
    responses: {
      200: { description: 'The request was carried out.', content },
      ...errorsOf(operation, schemas),
    },
  };
}

function errorsOf({ method, errors = {}, ofServer }: Operation, schemas: Schemas): Record<string, Json> {
  const error = json(schemas.refer(errorSchema));
  const own = { ...errors, ...(ofServer === undefined ? {} : { 404: [errors[404], 'Or its server is not enabled.'].join(' ').trim() }) };
  const responses = Object.fromEntries(
    Object.entries(own).map(([status, description]): [string, Json] => [
      status,
      { description, content: status === '404' && ofServer !== undefined ? { ...error, ...TEXT } : error },
    ]),
  );
  const shared = method === 'get' ? [401, 500, 503] : [401, 403, 415, 500, 503];
  return { ...responses, ...Object.fromEntries(shared.map((status) => [status, { $ref: `#/components/responses/${status}` }])) };
}

function sharedResponses(schemas: Schemas): Record<string, Json> {
  const content = json(schemas.refer(errorSchema));
  return {
    401: { description: 'The client may not use the API.', content },
    403: { description: 'A web page of somebody else asks for a change.', content },
    415: { description: 'A web page sends a body that is not declared as JSON.', content },
    500: { description: 'The server is about to end (`terminated`), or has failed.', content },
    503: {
      description: 'The control service, or its database, is away; `Retry-After` says when to ask again. Nothing has changed.',
      content,
    },
  };
}

function json(schema: Json): Record<string, Json> {
  return { 'application/json': { schema } };
}

/** Collects the schemas that are referred to. */
class Schemas {
  readonly components: Record<string, Json> = {};

  constructor() {
    const config = generateJsonSchema() as unknown as ConfigSchema;
    const { pathDefaults: _, paths: __, ...globalKeys } = config.properties;
    const object = { type: 'object', additionalProperties: false } as const;
    this.components['GlobalConf'] = { ...object, description: 'Global keys of the configuration.', properties: globalKeys };
    this.components['PathConf'] = { ...object, description: 'Keys of a path.', properties: config.$defs.path.properties };
  }

  /** Every key that is not deprecated is in an answer. */
  answer(schema: z.ZodType | ConfigSchemaName): Json {
    if (typeof schema !== 'string') return this.refer(schema);
    if (schema === 'PathConfList') {
      const counts = { itemCount: { type: 'integer', minimum: 0 }, pageCount: { type: 'integer', minimum: 0 } };
      return {
        type: 'object',
        additionalProperties: false,
        required: ['itemCount', 'pageCount', 'items'],
        properties: { ...counts, items: { type: 'array', items: this.answer('PathConf') } },
      };
    }
    const { properties } = this.components[schema] as unknown as { properties: ConfigSchema['properties'] };
    const required = Object.entries(properties).flatMap(([name, { deprecated }]) => (deprecated === true ? [] : [name]));
    return { $ref: COMPONENT + schema, required };
  }

  refer(schema: z.ZodType): Json {
    const { $ref, $defs } = JSON.parse(JSON.stringify(z.toJSONSchema(schema)).replaceAll('#/$defs/', COMPONENT)) as {
      $ref: string;
      $defs: Record<string, Json>;
    };
    Object.assign(this.components, $defs);
    return { $ref };
  }
}

interface ConfigSchema {
  readonly properties: Readonly<Record<string, { readonly [keyword: string]: Json }>>;
  readonly $defs: { readonly path: { readonly properties: Readonly<Record<string, { readonly [keyword: string]: Json }>> } };
}
