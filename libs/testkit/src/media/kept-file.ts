import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const pending = new Map<string, Promise<string>>();

/**
 * A file that is made when it is asked for first, and kept for later runs. `make` writes it under another name: who finds the file
 * finds all of it. Tests that run at once wait for the one that makes it; another process makes its own, and the first one stays: it may
 * be in use.
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
  try {
    await make(unfinished);
    linkSync(unfinished, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  return file;
}
