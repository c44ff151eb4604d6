import type { JsonValue } from './config-node.ts';
import { changedKeys } from './diff.ts';
import type { ConfigDocument } from './document.ts';
import { FOR_ANSWERS, marshalKey, marshalKeys } from './marshal.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { KeyTable } from './schema/schema.ts';

/** A difference between two documents, as the API answers it: MediaMTX's text forms, secrets redacted. */
export interface DocumentDifference {
  readonly place: 'global' | 'pathDefaults' | 'paths';
  /** Name of the entry under `paths`, else ''. */
  readonly path: string;
  /** '' when the whole entry came or went. */
  readonly key: string;
  /** null: it was not set, or not there. */
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** The keys that differ, and paths that came or went: global ones first, then by the name of the path. */
export function compareDocuments(before: ConfigDocument, after: ConfigDocument): readonly DocumentDifference[] {
  const names = [...new Set([...before.paths.keys(), ...after.paths.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return [
    ...compareKeys(GLOBAL_KEYS, { place: 'global', path: '' }, [before.global, after.global]),
    ...compareKeys(PATH_KEYS, { place: 'pathDefaults', path: '' }, [before.pathDefaults, after.pathDefaults]),
    ...names.flatMap((path) => comparePath(path, before.paths.get(path), after.paths.get(path))),
  ];
}

function comparePath(path: string, before: object | undefined, after: object | undefined): readonly DocumentDifference[] {
  const where = { place: 'paths', path } as const;
  if (before !== undefined && after !== undefined) return compareKeys(PATH_KEYS, where, [before, after]);
  const whole = (keys: object | undefined): JsonValue => (keys === undefined ? null : marshalKeys(PATH_KEYS, keys, FOR_ANSWERS));
  return [{ ...where, key: '', before: whole(before), after: whole(after) }];
}

function compareKeys(
  keys: KeyTable,
  where: Pick<DocumentDifference, 'place' | 'path'>,
  [before, after]: readonly [object, object],
): readonly DocumentDifference[] {
  return changedKeys(keys, before, after).map((key) => ({
    ...where,
    key,
    before: marshalKey(keys, key, before, FOR_ANSWERS),
    after: marshalKey(keys, key, after, FOR_ANSWERS),
  }));
}
