import type { LivePath } from '@mediamesh/contracts';
import { liveEpoch } from './path-state.ts';
import type { PathState } from './path-state.ts';

/** With the longest names, a page stays below a message's limit of 1 MiB. */
export const LIVE_PATHS_PAGE = 1_000;

/** Paths that have a stream and whose names come after `after`, by name. */
export function livePaths(states: Iterable<PathState>, after: string): { readonly more: boolean; readonly paths: LivePath[] } {
  const live: LivePath[] = [];
  for (const state of states) {
    const epoch = liveEpoch(state);
    if (epoch !== undefined && state.name > after) live.push({ path: state.name, epoch, sourceOnDemand: state.policy.sourceOnDemand });
  }
  live.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { more: live.length > LIVE_PATHS_PAGE, paths: live.filter((_, index) => index < LIVE_PATHS_PAGE) };
}
