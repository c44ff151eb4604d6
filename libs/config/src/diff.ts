import { isDeepStrictEqual } from 'node:util';
import { CLOSED_WITH, COMPONENTS } from './schema/component.ts';
import type { Component } from './schema/component.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { Config, KeyTable, PathConfig } from './schema/schema.ts';

/** What a change of the configuration means for what is running. */
export interface ConfigDiff {
  readonly changedGlobalKeys: readonly string[];
  /** Components to close and create again, those included that fall with others. */
  readonly restart: ReadonlySet<Component>;
  /** Entries under `paths`, by what has to happen to the live paths that use them. */
  readonly paths: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly hotChanged: readonly string[];
    readonly recreated: readonly string[];
  };
}

/** Whether two configurations of a path differ, and whether a live path can take the change. Names do not count. */
export type PathChange = 'none' | 'hot' | 'recreate';

/**
 * Compares two configurations.
 *
 * A live path of a regular expression may find another entry after the change: look its entry up again and ask
 * `comparePaths` about the old and the new one.
 */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  const changedGlobalKeys = changedKeys(GLOBAL_KEYS, before, after);
  const restart = new Set(changedGlobalKeys.flatMap((name) => GLOBAL_KEYS[name]?.restarts ?? []));
  if (deletesRecordings(before) !== deletesRecordings(after)) restart.add('recordCleaner');
  closeDependents(restart);
  return { changedGlobalKeys, restart, paths: diffPaths(before.paths, after.paths) };
}

export function isEmptyDiff({ changedGlobalKeys, paths }: ConfigDiff): boolean {
  const { added, removed, hotChanged, recreated } = paths;
  return changedGlobalKeys.length + added.length + removed.length + hotChanged.length + recreated.length === 0;
}

/** Names of the keys whose values differ, in the order of the table; one that is not set differs from one that is. */
export function changedKeys(keys: KeyTable, before: object, after: object): readonly string[] {
  if (before === after) return [];
  const [old, young] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return Object.keys(keys).filter((name) => old[name] !== young[name] && !isDeepStrictEqual(old[name], young[name]));
}

/** COMPONENTS is sorted so that each comes after all that it falls with. */
function closeDependents(restart: Set<Component>): void {
  for (const component of COMPONENTS) {
    if (CLOSED_WITH[component].some((other) => restart.has(other))) restart.add(component);
  }
}

function deletesRecordings(config: Config): boolean {
  return [...config.paths.values()].some((path) => path.recordDeleteAfter !== 0);
}

function diffPaths(before: ReadonlyMap<string, PathConfig>, after: ReadonlyMap<string, PathConfig>): ConfigDiff['paths'] {
  const added = [...after.keys()].filter((name) => !before.has(name));
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const hotChanged: string[] = [];
  const recreated: string[] = [];
  for (const [name, path] of after) {
    const old = before.get(name);
    const change = old === undefined ? 'none' : comparePaths(old, path);
    if (change === 'hot') hotChanged.push(name);
    if (change === 'recreate') recreated.push(name);
  }
  return { added, removed, hotChanged, recreated };
}

/** Compares two configurations of paths. */
export function comparePaths(before: PathConfig, after: PathConfig): PathChange {
  const changed = changedKeys(PATH_KEYS, before, after);
  if (changed.length === 0) return 'none';
  return changed.every((name) => PATH_KEYS[name]?.hot === true) ? 'hot' : 'recreate';
}
