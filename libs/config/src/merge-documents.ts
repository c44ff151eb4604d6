import { changedKeys } from './diff.ts';
import type { ConfigDocument } from './document.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { KeyTable } from './schema/schema.ts';

export interface DocumentMerge {
  /** The file as it was when it was changed. */
  readonly before: ConfigDocument;
  /** The file now. */
  readonly after: ConfigDocument;
  /** `before` with changes of somebody else. */
  readonly changed: ConfigDocument;
}

/**
 * The file as it is now, with the changes that were made to it as it was. Keys that the file changed win; a path that the file
 * removed is gone, and one that was removed comes back when the file changes it.
 */
export function mergeDocuments({ before, after, changed }: DocumentMerge): ConfigDocument {
  return {
    global: mergeKeys(GLOBAL_KEYS, { before: before.global, after: after.global, changed: changed.global }),
    pathDefaults: mergeKeys(PATH_KEYS, {
      before: before.pathDefaults,
      after: after.pathDefaults,
      changed: changed.pathDefaults,
    }),
    paths: mergePaths(before.paths, after.paths, changed.paths),
  };
}

/** `changed` itself when the file changed nothing. */
function mergeKeys<T extends object>(keys: KeyTable, { before, after, changed }: { before: T; after: T; changed: T }): T {
  const fileChanged = changedKeys(keys, before, after);
  if (fileChanged.length === 0) return changed;
  const merged = new Map<string, unknown>(Object.entries(changed));
  for (const name of fileChanged) {
    const value = (after as Record<string, unknown>)[name];
    if (value === undefined) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged) as T;
}

type Paths = ConfigDocument['paths'];

function mergePaths(before: Paths, after: Paths, changed: Paths): Paths {
  const merged = new Map<string, Partial<Record<string, unknown>>>();
  for (const [name, theirs] of changed) {
    const old = before.get(name);
    const young = after.get(name);
    if (young !== undefined) merged.set(name, mergeKeys(PATH_KEYS, { before: old ?? {}, after: young, changed: theirs }));
    else if (old === undefined) merged.set(name, theirs);
  }
  for (const [name, young] of after) {
    if (changed.has(name)) continue;
    const old = before.get(name);
    if (old === undefined || changedKeys(PATH_KEYS, old, young).length > 0) merged.set(name, young);
  }
  return merged;
}
