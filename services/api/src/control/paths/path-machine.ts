import { PathDraft } from './path-draft.ts';
import type { PathEffect, PathEvent } from './path-event.ts';
import { initialPathState } from './path-state.ts';
import type { PathPolicy, PathState } from './path-state.ts';

export { SOURCE_RETRY_MS } from './feed-draft.ts';
export { SOURCE_MOVE_MS } from './path-state.ts';

export interface TransitionContext {
  readonly nowMs: number;
  /** An id that no source has had, should this transition start some. */
  readonly freshId: string;
}

export interface Transition {
  readonly state: PathState;
  readonly effects: readonly PathEffect[];
}

/**
 * The life of one path: publisher, sources and the slate, on-demand timers, readers and requests on hold.
 *
 * Shape:   pure: a state, an event and the time in, the next state and what is to be done out.
 * Units:   milliseconds of any clock that does not jump.
 * Source:  contract 7.7 to 7.9, 9.5 to 9.7; take-over, grace and backups as ours (docs/differences.md).
 */
export function transition(state: PathState, event: PathEvent, now: TransitionContext): Transition {
  const draft = new PathDraft(state, now);
  draft.apply(event);
  return { state: draft.state, effects: draft.effects };
}

/** The first transition of a path: permanent sources start at once. */
export function openPath(name: string, policy: PathPolicy, now: TransitionContext): Transition {
  return transition(initialPathState(name, policy), { type: 'configure', policy }, now);
}
