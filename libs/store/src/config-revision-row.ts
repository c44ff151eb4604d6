import type { EntitySchemaOptions } from 'typeorm';

/** A row; none is ever changed. Without `snapshot`, the state is that of the row before with both patches. Patches and states are JSON. */
export interface ConfigRevisionRow {
  readonly file: string;
  readonly number: number;
  readonly created: string;
  readonly origin: string;
  readonly userName: string;
  readonly address: string;
  readonly detail: string;
  readonly basePatch: string | null;
  readonly documentPatch: string | null;
  readonly snapshot: string | null;
}

export const CONFIG_REVISION: EntitySchemaOptions<ConfigRevisionRow> = {
  name: 'ConfigRevision',
  tableName: 'config_revisions',
  columns: {
    file: { type: 'text', primary: true },
    number: { type: 'integer', primary: true },
    created: { type: 'text' },
    origin: { type: 'text' },
    userName: { type: 'text', name: 'user_name' },
    address: { type: 'text' },
    detail: { type: 'text' },
    basePatch: { type: 'text', name: 'base_patch', nullable: true },
    documentPatch: { type: 'text', name: 'document_patch', nullable: true },
    snapshot: { type: 'text', nullable: true },
  },
};
