import { EVENT_KINDS } from '@mediamesh/config';
import type { z } from 'zod';

/** What the OpenAPI document says of one request. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Parameters in braces: `{name}`, `{id}`. */
  readonly path: string;
  /** MediaMTX's operation id, where it has the operation. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** Names of `PARAMETERS`. */
  readonly query?: readonly ParameterName[];
  readonly body?: ConfigSchemaName;
  readonly answer: z.ZodType | ConfigSchemaName;
  /** The answer is a stream of server-sent events, each of which has this as its data. */
  readonly isStream?: boolean;
  /** Statuses of its own and what they mean; those that every operation has are added. */
  readonly errors?: Readonly<Partial<Record<400 | 404, string>>>;
  /** It is there only while a server is enabled. */
  readonly ofServer?: string;
}

/** Schemas that come from the table of the configuration's keys. */
export type ConfigSchemaName = 'GlobalConf' | 'PathConf' | 'PathConfList';

export type ParameterName = keyof typeof PARAMETERS;

const COUNT = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 } as const;

export const PARAMETERS = {
  page: { in: 'query', required: false, description: 'Number of the page, from 0.', schema: { ...COUNT, default: 0 } },
  itemsPerPage: { in: 'query', required: false, description: 'Items of a page.', schema: { ...COUNT, minimum: 1, default: 100 } },
  name: {
    in: 'path',
    required: true,
    description: 'A name, slashes included, as they are or as %2F.',
    schema: { type: 'string', minLength: 1 },
  },
  id: { in: 'path', required: true, description: 'Id of the row.', schema: { type: 'string', format: 'uuid' } },
  number: { in: 'path', required: true, description: 'Number of a revision.', schema: { ...COUNT, minimum: 1 } },
  from: { in: 'query', required: true, description: 'Number of a revision.', schema: { ...COUNT, minimum: 1 } },
  to: {
    in: 'query',
    required: false,
    description: 'Number of another revision; without, the one that runs.',
    schema: { ...COUNT, minimum: 1 },
  },
  path: { in: 'query', required: true, description: 'Name of a path.', schema: { type: 'string', minLength: 1 } },
  ofPath: { in: 'query', name: 'path', required: false, description: 'Name of a path; without, all of them.', schema: { type: 'string' } },
  kind: {
    in: 'query',
    required: false,
    description: `Kinds with commas between them; without, all of them: ${EVENT_KINDS.join(', ')}.`,
    schema: { type: 'string' },
  },
  ofId: { in: 'query', name: 'id', required: true, description: 'Id of the row.', schema: { type: 'string', format: 'uuid' } },
  start: {
    in: 'query',
    required: true,
    description: "Start of the segment, as it is listed: in the zone of the segment's name, to the microsecond.",
    schema: { type: 'string', format: 'date-time' },
  },
} as const;

export const PAGE: readonly ParameterName[] = ['page', 'itemsPerPage'];
