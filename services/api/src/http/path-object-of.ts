import { findPathConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import type { PathCounters } from '@mediamesh/contracts';
import type { ControlService } from '../control/control-service.ts';
import type { PathState } from '../control/paths/path-state.ts';
import { staticSourceType } from '../control/paths/source-kind.ts';
import { pathObject } from './path-object.ts';
import type { PathFacts, PathObject } from './path-object.ts';

/** A path as the API shows it, with what control knows. */
export function pathObjectOf(
  state: PathState,
  counters: readonly PathCounters[],
  { control, wallMs }: Pick<PathFacts, 'wallMs'> & { readonly control: ControlService },
): PathObject {
  return pathObject({
    state,
    counters,
    staticSource: staticSourceOf(state, control.config),
    sourceError: control.sources.errorOf(state.name) ?? null,
    alerts: [...control.health.alertsOf(state.name)],
    wallMs,
  });
}

function staticSourceOf({ name, policy }: PathState, config: Config): string | undefined {
  if (policy.source === 'publisher') return undefined;
  const lookup = findPathConfig(config, name);
  return lookup.found && lookup.match.path.source !== 'publisher' ? staticSourceType(lookup.match.path.source) : undefined;
}
