import type { HealthAlerts } from '@mediamesh/config';
import type { TrackHealth } from '@mediamesh/contracts';
import { ALERT_NAMES, hasLimit, passedLimit } from './health-rules.ts';
import type { AlertName, Passed } from './health-rules.ts';

/** A limit must be passed for so long: a key frame that is late is no alert. */
export const RAISE_AFTER_MS = 2_000;
/** And kept to for so long: a stream at its limit does not raise an alert again and again. */
export const CLEAR_AFTER_MS = 5_000;

/** What was looked at last, alert by alert; those of which there is nothing to remember are not there. */
export type AlertStates = ReadonlyMap<AlertName, AlertState>;

export interface AlertState {
  readonly isRaised: boolean;
  /** It has been otherwise since then. */
  readonly otherwiseSinceMs?: number;
}

export type AlertChange =
  { readonly name: AlertName; readonly raised: Passed } | { readonly name: AlertName; readonly cleared: ClearedBecause };

export type ClearedBecause = 'healthy again' | 'no limit any more' | 'the stream has ended';

export const NO_ALERTS: AlertStates = new Map();

export interface Looked {
  readonly states: AlertStates;
  readonly changes: readonly AlertChange[];
}

/**
 * The alerts of a stream, after a look at its health.
 *
 * Shape:  pure: states, what is seen and the time in; states and what has changed out. What is not known is healthy.
 * Units:  milliseconds of any monotonic clock.
 */
export function look(before: AlertStates, seen: { limits: HealthAlerts; tracks: readonly TrackHealth[] }, nowMs: number): Looked {
  const states = new Map<AlertName, AlertState>();
  const changes: AlertChange[] = [];
  for (const name of ALERT_NAMES) {
    const { isRaised, otherwiseSinceMs = nowMs } = before.get(name) ?? { isRaised: false };
    const passed = passedLimit(seen.limits, name, seen.tracks);
    if (isRaised && !hasLimit(seen.limits, name)) {
      changes.push({ name, cleared: 'no limit any more' });
    } else if (isRaised === (passed !== undefined)) {
      if (isRaised) states.set(name, { isRaised });
    } else if (nowMs - otherwiseSinceMs < (isRaised ? CLEAR_AFTER_MS : RAISE_AFTER_MS)) {
      states.set(name, { isRaised, otherwiseSinceMs });
    } else if (passed === undefined) {
      changes.push({ name, cleared: 'healthy again' });
    } else {
      states.set(name, { isRaised: true });
      changes.push({ name, raised: passed });
    }
  }
  return { states, changes };
}

/** Of a stream that is not there any more, or that nothing is asked of. */
export function endAlerts(before: AlertStates, cleared: ClearedBecause): readonly AlertChange[] {
  return raisedAlerts(before).map((name) => ({ name, cleared }));
}

/** With these raised, and nothing seen yet; names of another version are left out. */
export function statesOf(raised: readonly string[]): AlertStates {
  return new Map(ALERT_NAMES.filter((name) => raised.includes(name)).map((name) => [name, { isRaised: true }]));
}

export function raisedAlerts(states: AlertStates): readonly AlertName[] {
  return [...states].filter(([, { isRaised }]) => isRaised).map(([name]) => name);
}
