import type { HealthAlerts } from '@mediamesh/config';
import type { PathSettings, SessionKind, TrackSummary } from '@mediamesh/contracts';

/** A static source that failed is started again after this. Contract 7.1. */
export const SOURCE_RETRY_MS = 5_000;
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
  /** Its name in the log: `RTSP source`. '' when there is no static source. */
  readonly sourceComponent: string;
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

export interface Publisher {
  readonly epoch: number;
  readonly instance: string;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  readonly trackLabels: readonly string[];
  /** The epoch that this one continues. */
  readonly continues?: number;
  /** Its stream is on the bus since then; undefined until `ready`. */
  readonly readySinceMs?: number;
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
}

/** Supervision of a static source. */
export type SourceState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'starting'; readonly sourceId: string }
  | { readonly phase: 'running'; readonly sourceId: string; readonly instance: string }
  | { readonly phase: 'retrying'; readonly atMs: number };

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
  /** Of the stream that was there last. */
  readonly lastEpoch?: number;
  readonly readers: ReadonlyMap<string, Reader>;
  readonly waiters: readonly Waiter[];
  readonly source: SourceState;
  readonly onDemand: OnDemandState;
  /** Query of the request that started the source or the command on demand. */
  readonly query: string;
}

export function initialPathState(name: string, policy: PathPolicy): PathState {
  return { name, policy, readers: new Map(), waiters: [], source: { phase: 'idle' }, onDemand: { phase: 'off' }, query: '' };
}

/** The stream that readers get: what is on the bus. */
export function liveEpoch(state: PathState): number | undefined {
  return state.publisher?.readySinceMs === undefined ? undefined : state.publisher.epoch;
}

/** The earliest moment at which `tick` has something to do; undefined when it has nothing. */
export function nextDeadline(state: PathState): number | undefined {
  const deadlines: number[] = [];
  if (state.onDemand.phase === 'waitingReady' || state.onDemand.phase === 'closing') deadlines.push(state.onDemand.deadlineMs);
  if (state.source.phase === 'retrying') deadlines.push(state.source.atMs);
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
    state.source.phase === 'idle' &&
    state.onDemand.phase === 'off'
  );
}
