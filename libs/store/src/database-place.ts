import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the database is: a file in the state directory, or a PostgreSQL server. */
export type DatabasePlace = { readonly kind: 'sqlite'; readonly directory: string } | { readonly kind: 'postgres'; readonly url: string };

/** Undefined: nothing is kept. */
export function databasePlace(config: { readonly stateDirectory: string; readonly databaseURL: string }): DatabasePlace | undefined {
  if (config.databaseURL !== '') return { kind: 'postgres', url: config.databaseURL };
  return config.stateDirectory === '' ? undefined : { kind: 'sqlite', directory: config.stateDirectory };
}

/** Whether something may be in it; a server has to be asked. */
export function mayHoldData(place: DatabasePlace): boolean {
  return place.kind === 'postgres' || existsSync(sqliteFile(place.directory));
}

export function sqliteFile(directory: string): string {
  return join(directory, 'mediamesh.db');
}
