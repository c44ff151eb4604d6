import type { PathState } from './path-state.ts';

/** A source that was called publishes at its next key frame; key frames are rarely further apart. */
export const CALL_DEADLINE_MS = 10_000;
/** The call is repeated: it can come before the gateway knows the answer that it is to stand by. */
export const CALL_REPEAT_MS = 1_000;

/** Supervision of what a gateway runs for a path: a static source, a backup, the slate. */
export type FeedState = (
  | { readonly phase: 'idle' }
  | { readonly phase: 'starting'; readonly sourceId: string; readonly sinceMs: number; readonly standby?: Standby }
  | {
      readonly phase: 'running';
      readonly sourceId: string;
      readonly instance: string;
      readonly sinceMs: number;
      readonly standby?: Standby;
    }
  | { readonly phase: 'retrying'; readonly atMs: number }
) & {
  /** Of its last end. */
  readonly lastError?: string;
};

/** It could publish, while another has the path. */
export interface Standby {
  readonly sinceMs: number;
  readonly instance: string;
  readonly called?: { readonly sinceMs: number; readonly repeatAtMs: number };
}

/** Of a client: better than all that gateways run. */
export const CLIENT = -1;

/** Ids tell the place of a feed, so that a new leader knows what a gateway holds. The first static source has a plain one. */
export function feedId(freshId: string, index: number, kind: 'source' | 'slate'): string {
  if (kind === 'slate') return `${freshId}.slate`;
  return index === 0 ? freshId : `${freshId}.${index}`;
}

/** The place that an id tells; CLIENT for that of a client. */
export function feedIndexOf({ policy }: PathState, sessionId: string): number {
  const place = /\.(\d+|slate)$/.exec(sessionId)?.[1];
  if (place === 'slate') return policy.feeds.findIndex(({ kind }) => kind === 'slate');
  if (place !== undefined) return Number(place) < policy.feeds.length ? Number(place) : CLIENT;
  return policy.source === 'static' ? 0 : CLIENT;
}

export function sourceIdOf(feed: FeedState): string | undefined {
  return feed.phase === 'starting' || feed.phase === 'running' ? feed.sourceId : undefined;
}

/** The feed that this session is now; CLIENT for others. */
export function feedOf({ feeds }: PathState, sessionId: string): number {
  return feeds.findIndex((feed) => sourceIdOf(feed) === sessionId);
}

export function standbyOf(feed: FeedState): Standby | undefined {
  return feed.phase === 'starting' || feed.phase === 'running' ? feed.standby : undefined;
}

/** Which feed has the path: CLIENT for a client, the number of feeds for nobody; undefined while somebody is about to have it. */
export function holderOf(state: PathState): number | undefined {
  const { publisher, successor, feeds } = state;
  if (successor !== undefined) return undefined;
  if (publisher === undefined) return feeds.length;
  return publisher.readySinceMs === undefined ? undefined : feedOf(state, publisher.sessionId);
}

/**
 * When a feed that stands by is to be called, while `holder` has the path: at once when nobody has it or the slate;
 * once it has proved itself when it is better than the one that has it; never when it is not.
 * When nobody has it, a better one that was just started is waited for, by all but the slate.
 */
export function callAtMs({ policy, feeds }: PathState, index: number, holder: number): number {
  const standby = standbyOf(feeds[index]!);
  if (standby === undefined || index >= holder) return Number.POSITIVE_INFINITY;
  if (policy.feeds[holder] !== undefined) {
    return policy.feeds[holder].kind === 'slate' ? standby.sinceMs : standby.sinceMs + policy.recoveryDelayMs;
  }
  if (policy.feeds[index]!.kind === 'slate') return standby.sinceMs;
  const better = feeds.filter((feed, other) => other < index && sourceIdOf(feed) !== undefined && standbyOf(feed) === undefined);
  return Math.max(
    standby.sinceMs,
    ...better.map((feed) => (feed.phase === 'starting' || feed.phase === 'running' ? feed.sinceMs + policy.silenceTimeoutMs : 0)),
  );
}

/** When supervision has something to do. */
export function feedDeadline(state: PathState): number | undefined {
  const holder = holderOf(state);
  let deadlineMs = Number.POSITIVE_INFINITY;
  for (const [index, feed] of state.feeds.entries()) {
    if (feed.phase === 'retrying') deadlineMs = Math.min(deadlineMs, feed.atMs);
    const called = standbyOf(feed)?.called;
    if (called !== undefined) deadlineMs = Math.min(deadlineMs, called.repeatAtMs);
    else if (holder !== undefined) deadlineMs = Math.min(deadlineMs, callAtMs(state, index, holder));
  }
  return Number.isFinite(deadlineMs) ? deadlineMs : undefined;
}
