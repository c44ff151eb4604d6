import { findPathConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import type { PathCounters } from '@mediamesh/contracts';
import type { HealthDirector } from '../control/health/health-director.ts';
import type { PathState } from '../control/paths/path-state.ts';
import { sourceUrlsOf } from '../control/paths/path-policy.ts';
import { staticSourceType } from '../control/paths/source-kind.ts';
import { pathObject } from './path-object.ts';
import type { PathFacts, PathObject } from './path-object.ts';

/** What of the control service is shown with a path. */
export interface ShownControl {
  readonly config: Config;
  readonly health: Pick<HealthDirector, 'alertsOf'>;
}

/** A path as the API shows it, with what control knows. */
export function pathObjectOf(
  state: PathState,
  counters: readonly PathCounters[],
  { control, wallMs }: Pick<PathFacts, 'wallMs'> & { readonly control: ShownControl },
): PathObject {
  const { config, health } = control;
  return pathObject({ state, counters, staticSources: staticSourcesOf(state, config), alerts: [...health.alertsOf(state.name)], wallMs });
}

function staticSourcesOf({ name, policy }: PathState, config: Config): readonly string[] {
  if (policy.source === 'publisher') return [];
  const lookup = findPathConfig(config, name);
  if (!lookup.found) return [];
  const { path } = lookup.match;
  return path.source === 'redirect' ? [staticSourceType(path.source)] : sourceUrlsOf(path).map(staticSourceType);
}
