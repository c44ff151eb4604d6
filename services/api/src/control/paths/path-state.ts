import type { HealthAlerts } from '@mediamesh/config';
import type { PathSettings, SessionKind, TrackSummary } from '@mediamesh/contracts';
import type { FeedState } from './feed-state.ts';
import { feedDeadline } from './feed-state.ts';

/** How long readers of a source whose gateway is gone wait for its run at another one. */
export const SOURCE_MOVE_MS = 10_000;

/** What a path's configuration means to its state machine. */
export interface PathPolicy {
  readonly confName: string;
  /** `publisher` waits for clients, `static` is pulled, `redirect` answers DESCRIBE with another place. */
  readonly source: 'publisher' | 'static' | 'redirect';
  readonly sourceOnDemand: boolean;
  /** `runOnDemand`: a command that makes a client publish. */
  readonly commandOnDemand: boolean;
  /** What gateways run for the path, the best first: its static source, backups, the slate. */
  readonly feeds: readonly FeedPolicy[];
  /** A source that gives nothing for so long has failed; one that is not there for so long after its start is not waited for. */
  readonly silenceTimeoutMs: number;
  /** A better source that is there again stays for so long before readers get it. */
  readonly recoveryDelayMs: number;
  readonly startTimeoutMs: number;
  readonly closeAfterMs: number;
  /** 0 is no limit. */
  readonly maxReaders: number;
  readonly overridePublisher: boolean;
  readonly publisherGraceMs: number;
  /** Where DESCRIBE is sent when `source` is `redirect`, or (deprecated `fallback`) when there is no stream; '' is nowhere. */
  readonly redirectTo: string;
  readonly fallback: string;
  /** Named in the configuration, not matched by a regular expression: stays without publisher and readers. */
  readonly permanent: boolean;
  /** What its stream must keep to. */
  readonly healthAlerts: HealthAlerts;
  readonly settings: PathSettings;
}

export interface FeedPolicy {
  readonly kind: 'source' | 'slate';
  /** Its name in the log: `RTSP source`. */
  readonly component: string;
}

export interface Publisher {
  readonly epoch: number;
  readonly instance: string;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  readonly trackLabels: readonly string[];
  /** The epoch that this one continues. */
  readonly continues?: number;
  /** There is a stream since then, its own or one that it continues; undefined until its own is on the bus. */
  readonly readySinceMs?: number;
  /** The same, without the slate. */
  readonly onlineSinceMs?: number;
  readonly tracks: readonly TrackSummary[];
}

export interface Reader {
  readonly instance: string;
  readonly sessionId: string;
  readonly type: SessionKind;
  /** For hooks; not known of one that another leader let in. */
  readonly query: string;
}

/** A request on hold until the stream is there. */
export interface Waiter {
  readonly requestId: string;
  /** Present for a reader, absent for a DESCRIBE. */
  readonly reader?: Reader;
  /** Present for a publisher that is there before the slate has said which tracks are expected. */
  readonly publisher?: Publisher;
}

/** Contract 7.7, for the source and for the command. Permanent sources stay in `off`. */
export type OnDemandState =
  /** `why`: it was not needed any more, or in vain. */
  | { readonly phase: 'off'; readonly why?: string }
  | { readonly phase: 'waitingReady'; readonly deadlineMs: number }
  | { readonly phase: 'ready' }
  | { readonly phase: 'closing'; readonly deadlineMs: number };

export interface PathState {
  readonly name: string;
  readonly policy: PathPolicy;
  readonly publisher?: Publisher;
  /** A publisher that has reserved the path while its predecessor still streams: a take-over that splices. */
  readonly successor?: Publisher;
  /** The publisher is gone; its readers wait until then for another to reserve the path, which keeps them until it is ready. */
  readonly graceUntilMs?: number;
  /** Left on the bus by a gateway that is gone, for the source's next run to continue. */
  readonly orphanEpoch?: number;
  /** There is a stream since then; one that waits for another publisher is not over. */
  readonly availableSinceMs?: number;
  /** Of the stream that was there last. */
  readonly lastEpoch?: number;
  readonly lastTracks?: readonly TrackSummary[];
  /** The static source or backup that readers got last. */
  readonly lastSource?: number;
  /** What the slate is made of: others must have the same tracks. */
  readonly expected?: Pick<Publisher, 'trackLabels' | 'tracks'>;
  readonly readers: ReadonlyMap<string, Reader>;
  readonly waiters: readonly Waiter[];
  /** As many as the policy has, in the same order. */
  readonly feeds: readonly FeedState[];
  readonly onDemand: OnDemandState;
  /** Query of the request that started the source or the command on demand. */
  readonly query: string;
}

/** A state that a transition is about to make of another. */
export type PathStateDraft = { -readonly [Key in keyof PathState]: PathState[Key] };

export function initialPathState(name: string, policy: PathPolicy): PathState {
  const feeds = policy.feeds.map((): FeedState => ({ phase: 'idle' }));
  return { name, policy, readers: new Map(), waiters: [], feeds, onDemand: { phase: 'off' }, query: '' };
}

/** The stream that readers get: what is on the bus. */
export function liveEpoch(state: PathState): number | undefined {
  return state.publisher?.readySinceMs === undefined ? undefined : state.publisher.epoch;
}

/** The path has a slate for the time when nobody publishes. */
export function isAlwaysAvailable({ feeds }: PathPolicy): boolean {
  return feeds.at(-1)?.kind === 'slate';
}

/** The earliest moment at which `tick` has something to do; undefined when it has nothing. */
export function nextDeadline(state: PathState): number | undefined {
  const deadlines: number[] = [];
  if (state.onDemand.phase === 'waitingReady' || state.onDemand.phase === 'closing') deadlines.push(state.onDemand.deadlineMs);
  const feed = feedDeadline(state);
  if (feed !== undefined) deadlines.push(feed);
  if (state.graceUntilMs !== undefined && state.publisher === undefined) deadlines.push(state.graceUntilMs);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** Nothing happens on it and the configuration does not name it: it can be forgotten. */
export function isIdle(state: PathState): boolean {
  return (
    !state.policy.permanent &&
    state.publisher === undefined &&
    state.successor === undefined &&
    state.graceUntilMs === undefined &&
    state.readers.size === 0 &&
    state.waiters.length === 0 &&
    state.feeds.every(({ phase }) => phase === 'idle') &&
    state.onDemand.phase === 'off'
  );
}
