import { closeSync, mkdirSync, openSync } from 'node:fs';
import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import { CONFIG_REVISION } from './config-revision-row.ts';
import { sqliteFile } from './database-place.ts';
import type { DatabasePlace } from './database-place.ts';
import { ConfigRevisions1764201600000 } from './migrations/1764201600000-config-revisions.ts';

/** A server that is there answers within it; whoever waits for an answer of the API waits as long. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Longer than any statement here takes; a connection whose server is gone without a word ends by it. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Statements come one after the other; the second is for a look at the history meanwhile. */
const MAX_CONNECTIONS = 2;

/** Opens the database and brings its tables up to date. Errors: of the driver. */
export async function openDatabase(place: DatabasePlace): Promise<DataSource> {
  const schema = schemaOf(new EntitySchema(CONFIG_REVISION));
  const source = new DataSource(
    place.kind === 'postgres' ? postgresOptions(place.url, schema) : await sqliteOptions(place.directory, schema),
  );
  try {
    return await source.initialize();
  } catch (error) {
    if (source.isInitialized) await source.destroy().catch(() => undefined);
    throw error;
  }
}

interface SchemaOptions {
  readonly entities: EntitySchema[];
  readonly migrations: (new () => MigrationInterface)[];
  readonly migrationsRun: true;
}

function schemaOf(entity: EntitySchema): SchemaOptions {
  return { entities: [entity], migrations: [ConfigRevisions1764201600000], migrationsRun: true };
}

async function sqliteOptions(directory: string, schema: SchemaOptions): Promise<DataSourceOptions> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = sqliteFile(directory);
  // The configuration has passwords. Files that SQLite puts beside it get the same rights.
  closeSync(openSync(database, 'a', 0o600));
  return {
    ...schema,
    type: 'better-sqlite3',
    // libsql has the interface of better-sqlite3, and binaries for more platforms.
    driver: (await import('libsql')).default,
    database,
    enableWAL: true,
    prepareDatabase: (connection: { pragma(text: string): unknown }) => {
      // A commit is on the disk before it returns.
      connection.pragma('synchronous = FULL');
      // Another process on the same directory.
      connection.pragma('busy_timeout = 1000');
    },
  };
}

function postgresOptions(url: string, schema: SchemaOptions): DataSourceOptions {
  return {
    ...schema,
    type: 'postgres',
    url,
    applicationName: 'mediamesh',
    installExtensions: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // A connection that breaks while nobody uses it: the next statement opens another.
    poolErrorHandler: () => {},
    extra: { max: MAX_CONNECTIONS, statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: STATEMENT_TIMEOUT_MS, keepAlive: true },
  };
}
