import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const pending = new Map<string, Promise<string>>();

/**
 * A file that is made when it is asked for first, and kept for later runs. `make` writes it under another name: who finds the file
 * finds all of it. Tests that run at once wait for the one that makes it; another run makes its own, and the last one stays.
 */
export function keptFile(file: string, make: (unfinished: string) => Promise<void>): Promise<string> {
  const present = pending.get(file);
  if (present !== undefined) return present;
  if (existsSync(file)) return Promise.resolve(file);
  const making = create(file, make).finally(() => pending.delete(file));
  pending.set(file, making);
  return making;
}

async function create(file: string, make: (unfinished: string) => Promise<void>): Promise<string> {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = join(dirname(file), `unfinished-${process.pid}-${basename(file)}`);
  await make(unfinished);
  renameSync(unfinished, file);
  return file;
}
