import { parentPort } from 'node:worker_threads';
import type { DatabaseAnswer, DatabaseCalls, DatabaseQuestion } from './database-calls.ts';
import { RevisionTable } from './revision-table.ts';
import { RevisionTakenError, StoreError } from './store-error.ts';

/** The thread of a database: TypeORM takes 200 ms to load, and SQLite waits for the disk. Streams wait for neither. */
let opening: Promise<RevisionTable> | undefined;

async function answer({ name, args }: DatabaseQuestion): Promise<unknown> {
  if (name === 'open') {
    opening = RevisionTable.open(...(args as DatabaseCalls['open']['args']));
    await opening;
    return undefined;
  }
  const table = await opening!;
  return (table[name] as (...args: readonly unknown[]) => Promise<unknown>).apply(table, [...args]);
}

parentPort!.on('message', (question: DatabaseQuestion) => {
  const { id } = question;
  const tell = (told: Omit<DatabaseAnswer, 'id'>): void => parentPort!.postMessage({ id, ...told });
  answer(question).then(
    (value) => tell({ value }),
    (error: unknown) => {
      if (error instanceof RevisionTakenError) tell({ taken: error.number });
      else tell({ error: error instanceof StoreError ? error.message : String(error) });
    },
  );
});
