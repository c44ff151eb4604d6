const PATH_NAME = /^[0-9a-zA-Z_\-/.]+$/;

/** What is wrong with the name of a path, or undefined when nothing is. */
export function pathNameProblem(name: string): string | undefined {
  if (name === '') return 'cannot be empty';
  if (name.startsWith('/')) return "can't begin with a slash";
  if (name.endsWith('/')) return "can't end with a slash";
  if (!PATH_NAME.test(name)) return 'can contain only alphanumeric characters, underscore, dot, minus, slash';
  // Names become directories of recordings.
  if (name.split('/').some((segment) => segment === '.' || segment === '..')) return "can't contain dot path segments";
  return undefined;
}

/** Keys under `paths` that match every name. */
export const CATCH_ALL_PATHS: ReadonlySet<string> = new Set(['all', 'all_others', '~^.*$']);

/** Whether a key under `paths` stands for names to be matched, not for one name. */
export function isPatternPath(key: string): boolean {
  return key.startsWith('~') || key === 'all' || key === 'all_others';
}
