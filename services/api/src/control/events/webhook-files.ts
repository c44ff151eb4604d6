import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The queue of a receiver has a file for each term of a leader. A replica that led before and does not know that it leads no longer
 * writes to a file of its own, so that two of them may have the same directory.
 */
export function webhookFile(directory: string, receiver: string, term: number): string {
  return join(directory, `${receiver}-${term}.jsonl`);
}

/** What other terms have left of the same receiver, the oldest first. Errors: of the file system. */
export function filesOfOtherTerms(file: string): readonly string[] {
  const receiver = termOf(basename(file))?.receiver;
  if (receiver === undefined) return [];
  return readdirSync(dirname(file))
    .filter((name) => name !== basename(file) && termOf(name)?.receiver === receiver)
    .sort((a, b) => termOf(a)!.term - termOf(b)!.term)
    .map((name) => join(dirname(file), name));
}

/** Without a term, of version 0.1. */
function termOf(name: string): { readonly receiver: string; readonly term: number } | undefined {
  const [, receiver, term = '0'] = /^([0-9a-f]{16})(?:-(\d+))?\.jsonl$/.exec(name) ?? [];
  return receiver === undefined ? undefined : { receiver, term: Number(term) };
}
