import { findPathConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import type { PathCounters } from '@mediamesh/contracts';
import type { PathState } from '../control/paths/path-state.ts';
import { staticSourceType } from '../control/paths/source-kind.ts';
import { pathObject } from './path-object.ts';
import type { PathFacts, PathObject } from './path-object.ts';

/** A path as the API shows it, under a configuration. */
export function pathObjectOf(
  state: PathState,
  counters: readonly PathCounters[],
  { config, wallMs }: Pick<PathFacts, 'wallMs'> & { readonly config: Config },
): PathObject {
  return pathObject({ state, counters, staticSource: staticSourceOf(state, config), wallMs });
}

function staticSourceOf({ name, policy }: PathState, config: Config): string | undefined {
  if (policy.source === 'publisher') return undefined;
  const lookup = findPathConfig(config, name);
  return lookup.found && lookup.match.path.source !== 'publisher' ? staticSourceType(lookup.match.path.source) : undefined;
}
