import { sqliteFile } from './database-place.ts';
import type { DatabasePlace } from './database-place.ts';

/** What is wrong with a database, and what to do; without the password that is in its URL. */
export function problemOf(place: DatabasePlace, error: unknown): string {
  const reason = reasonOf(error);
  if (place.kind === 'postgres')
    return `the database of 'databaseURL' cannot be used (${reason}): see that it runs and lets this server in`;
  return `${sqliteFile(place.directory)} cannot be used (${reason}): see that 'stateDirectory' can be written to and its disk is not full`;
}

/** That of a host with several addresses has one error for each, and no text. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
