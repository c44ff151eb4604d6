import { RE2JS } from 're2js';
import { ConfigError } from './config-error.ts';
import { isPatternPath, pathNameProblem } from './path-name.ts';
import type { Config, PathConfig } from './schema/schema.ts';

export interface PathMatch {
  /** The key under `paths` that matched. */
  readonly confName: string;
  readonly path: PathConfig;
  /** What the groups of a regular expression matched: `$G1` is the first. A group that took no part is ''. */
  readonly captures: readonly string[];
}

export type PathLookup =
  | { readonly found: true; readonly match: PathMatch }
  | { readonly found: false; readonly reason: 'invalidName' | 'notConfigured'; readonly error: string };

interface PatternPath {
  readonly path: PathConfig;
  readonly pattern: RE2JS;
}

/** A configuration never changes, so its patterns are compiled once. */
const compiledPatterns = new WeakMap<Config, readonly PatternPath[]>();

/**
 * Finds the configuration of a path: its own entry, else the first regular expression that matches, in the order of
 * their keys, `all` and `all_others` last. Expressions are RE2 and not anchored.
 */
export function findPathConfig(config: Config, name: string): PathLookup {
  const exact = config.paths.get(name);
  if (exact !== undefined) return { found: true, match: { confName: name, path: exact, captures: [] } };
  const problem = pathNameProblem(name);
  if (problem !== undefined) return { found: false, reason: 'invalidName', error: `invalid path name: ${problem} (${name})` };
  for (const { path, pattern } of patternsOf(config)) {
    const matcher = pattern.matcher(name);
    if (!matcher.find()) continue;
    const captures = Array.from({ length: matcher.groupCount() }, (_, i) => matcher.group(i + 1) ?? '');
    return { found: true, match: { confName: path.name, path, captures } };
  }
  return { found: false, reason: 'notConfigured', error: `path '${name}' is not configured` };
}

function patternsOf(config: Config): readonly PatternPath[] {
  const known = compiledPatterns.get(config);
  if (known !== undefined) return known;
  const patterns = [...config.paths.values()]
    .filter((path) => isPatternPath(path.name))
    .sort((a, b) => compareKeys(a.name, b.name))
    .map((path) => ({ path, pattern: compilePathPattern(path.name) }));
  compiledPatterns.set(config, patterns);
  return patterns;
}

function compareKeys(a: string, b: string): number {
  const aLast = a === 'all' || a === 'all_others';
  const bLast = b === 'all' || b === 'all_others';
  if (aLast !== bLast) return aLast ? 1 : -1;
  return a < b ? -1 : 1;
}

/** The expression of a key `~<expression>`, `all` or `all_others`. Errors: ConfigError `invalid regular expression: …`. */
export function compilePathPattern(key: string): RE2JS {
  return compileRegex(key.startsWith('~') ? key.slice(1) : '^.*$');
}

/** Compiles an RE2 expression, which matches in linear time. Errors: ConfigError `invalid regular expression: …`. */
export function compileRegex(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    throw new ConfigError(`invalid regular expression: ${expression}`, {}, { cause: error });
  }
}

/**
 * The URL of a source for one path: `$G1`, `$G2`… become what the groups matched, `$MTX_QUERY` the query of the reader
 * for whom the source is started. High numbers go first, so that `$G10` is not taken for `$G1`.
 */
export function resolveSourceUrl(source: string, captures: readonly string[], query = ''): string {
  let url = source;
  for (let i = captures.length; i > 0; i--) url = url.replaceAll(`$G${i}`, () => captures[i - 1] ?? '');
  return url.replaceAll('$MTX_QUERY', () => query);
}

/** The URL of a forward destination for one path: `$MTX_PATH` and `$G1`, `$G2`… */
export function resolveForwardUrl(dest: string, pathName: string, captures: readonly string[]): string {
  return resolveSourceUrl(dest, captures).replaceAll('$MTX_PATH', () => pathName);
}
