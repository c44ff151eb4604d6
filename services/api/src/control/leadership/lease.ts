/** The store of the lease: one key whose value is the holder, gone when it is not renewed for `LEASE_TTL_MS`. */
export interface LeaseStore {
  /** Takes the free lease; the revision, or undefined when another holds it. Errors: the store is away. */
  take(holder: string): Promise<number | undefined>;
  /** Renews at this revision; the next one, or undefined when the lease was lost. Errors: the store is away. */
  renew(holder: string, revision: number): Promise<number | undefined>;
  /** Frees it, so that another replica need not wait. Errors: the store is away. */
  release(revision: number): Promise<void>;
}

export const LEASE_TTL_MS = 3_000;
export const RENEW_INTERVAL_MS = 1_000;
/** A holder that could not renew for so long may have lost the lease: it must not act as leader any more. */
export const SURE_FOR_MS = 2_500;

export type LeaseState =
  { readonly phase: 'standby' } | { readonly phase: 'leading'; readonly revision: number; readonly renewedMs: number };

export type LeaseEvent =
  /** Answers to `take` and `renew`, with when they were asked. */
  | { readonly type: 'taken'; readonly revision: number | undefined; readonly askedMs: number }
  | { readonly type: 'renewed'; readonly revision: number | undefined; readonly askedMs: number }
  | { readonly type: 'storeAway' };

export interface LeaseStep {
  readonly state: LeaseState;
  readonly effect: 'lead' | 'stepDown' | undefined;
}

/**
 * Who leads. Pure: state, event and time in, next state and what changes out.
 * A lease is counted from the moment that it was asked for, since the store may have granted it that early.
 */
export function leaseStep(state: LeaseState, event: LeaseEvent, nowMs: number): LeaseStep {
  switch (event.type) {
    case 'taken':
      if (state.phase === 'leading' || event.revision === undefined || nowMs - event.askedMs >= SURE_FOR_MS) return stay(state);
      return { state: { phase: 'leading', revision: event.revision, renewedMs: event.askedMs }, effect: 'lead' };
    case 'renewed':
      if (state.phase !== 'leading') return stay(state);
      if (event.revision === undefined) return { state: { phase: 'standby' }, effect: 'stepDown' };
      return stay({ ...state, revision: event.revision, renewedMs: event.askedMs });
    case 'storeAway':
      if (state.phase === 'leading' && nowMs - state.renewedMs >= SURE_FOR_MS) return { state: { phase: 'standby' }, effect: 'stepDown' };
      return stay(state);
  }
}

function stay(state: LeaseState): LeaseStep {
  return { state, effect: undefined };
}
