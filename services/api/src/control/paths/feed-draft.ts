import type { PathEffect } from './path-event.ts';
import { CALL_DEADLINE_MS, CALL_REPEAT_MS, callAtMs, feedId, feedOf, holderOf, sourceIdOf, standbyOf } from './feed-state.ts';
import type { FeedState } from './feed-state.ts';
import type { TransitionContext } from './path-machine.ts';
import type { PathStateDraft } from './path-state.ts';

/** A static source that failed is started again after this. Contract 7.1. */
export const SOURCE_RETRY_MS = 5_000;

/** The part of a transition that concerns what gateways run for the path: starting, stopping, standing by. */
export class FeedDraft {
  private readonly state: PathStateDraft;
  private readonly now: TransitionContext;
  private readonly effect: (effect: PathEffect) => void;

  constructor(state: PathStateDraft, now: TransitionContext, effect: (effect: PathEffect) => void) {
    this.state = state;
    this.now = now;
    this.effect = effect;
  }

  /** Those that are not there yet. */
  startAll(query: string): void {
    for (const [index, { phase }] of this.state.feeds.entries()) {
      if (phase !== 'idle') continue;
      this.log(index, this.state.policy.sourceOnDemand ? 'started on demand' : 'started');
      this.order(index, query);
    }
  }

  stopAll(reason: string): void {
    for (const index of this.state.feeds.keys()) this.stop(index, reason);
  }

  taken(sourceId: string, instance: string): void {
    const index = feedOf(this.state, sourceId);
    const feed = this.state.feeds[index];
    if (feed?.phase === 'starting') this.set(index, { ...feed, phase: 'running', instance });
    else this.effect({ type: 'stopSource', sourceId, instance, reason: 'not needed by anyone' });
  }

  /** It has ended by itself; it is started again later if the path needs it. */
  ended(index: number, error: string): void {
    const { policy, onDemand } = this.state;
    const wanted = !policy.sourceOnDemand || onDemand.phase === 'waitingReady' || this.othersRun(index);
    const lastError = error === '' ? this.state.feeds[index]!.lastError : error;
    this.replace(index, wanted ? { phase: 'retrying', atMs: this.now.nowMs + SOURCE_RETRY_MS } : { phase: 'idle' }, lastError);
    if (!wanted) this.log(index, 'stopped: an error occurred');
  }

  /** Its instance is gone. Elsewhere at once: the source itself has not failed. */
  lost(index: number): void {
    const { policy, onDemand, graceUntilMs, query } = this.state;
    this.set(index, { phase: 'idle' });
    const isAwaited = onDemand.phase === 'waitingReady' || graceUntilMs !== undefined || this.othersRun(index);
    if (!policy.sourceOnDemand || isAwaited) this.order(index, query);
    else this.log(index, 'stopped: an error occurred');
  }

  /** Those that run at this instance. */
  at(instance: string): readonly number[] {
    return [...this.state.feeds.keys()].filter((index) => {
      const feed = this.state.feeds[index]!;
      return (feed.phase === 'running' ? feed.instance : standbyOf(feed)?.instance) === instance;
    });
  }

  restore(index: number, sourceId: string, instance: string, standsBy: boolean): void {
    const sinceMs = this.now.nowMs;
    this.replace(index, { phase: 'running', sourceId, instance, sinceMs, ...(standsBy ? { standby: { sinceMs, instance } } : {}) });
  }

  /** It asks for the path, which `rivals` have or are about to have. If it can't have it now, it stands by from here on. */
  mayPublish(index: number, rivals: readonly number[], instance: string): boolean {
    const feed = this.state.feeds[index]!;
    if (feed.phase !== 'starting' && feed.phase !== 'running') return true;
    const holder = Math.min(this.state.feeds.length, ...rivals);
    const isCalled = feed.standby?.called !== undefined && index < holder;
    this.set(index, { ...feed, standby: feed.standby ?? { sinceMs: this.now.nowMs, instance } });
    if (!isCalled && callAtMs(this.state, index, holder) > this.now.nowMs) return false;
    this.publishes(index);
    return true;
  }

  /** It has the path now. */
  publishes(index: number): void {
    const feed = this.state.feeds[index];
    if (feed?.phase !== 'starting' && feed?.phase !== 'running') return;
    const { standby: _, ...rest } = feed;
    this.set(index, rest);
  }

  /** What is due: starts again what failed, and calls the one that readers are to get. */
  settle(): void {
    const { nowMs } = this.now;
    for (const [index, feed] of this.state.feeds.entries()) {
      if (feed.phase === 'retrying' && feed.atMs <= nowMs) this.order(index, this.state.query);
    }
    const holder = holderOf(this.state);
    for (const [index, feed] of this.state.feeds.entries()) {
      const called = standbyOf(feed)?.called;
      if (called !== undefined && called.repeatAtMs <= nowMs) this.remind(index, called.sinceMs, holder);
    }
    if (holder === undefined || this.state.feeds.some((feed) => standbyOf(feed)?.called !== undefined)) return;
    const next = [...this.state.feeds.keys()].find((index) => callAtMs(this.state, index, holder) <= nowMs);
    if (next !== undefined) this.call(next, nowMs);
  }

  /** The path is needed: what else it has goes on. */
  private othersRun(index: number): boolean {
    return this.state.feeds.some((feed, at) => at !== index && sourceIdOf(feed) !== undefined);
  }

  private remind(index: number, calledMs: number, holder: number | undefined): void {
    const feed = this.state.feeds[index]!;
    if (this.now.nowMs - calledMs < CALL_DEADLINE_MS) return this.call(index, calledMs);
    if (feed.phase !== 'starting' && feed.phase !== 'running') return;
    if (holder !== undefined && holder < index)
      return this.set(index, { ...feed, standby: { sinceMs: this.now.nowMs, instance: feed.standby!.instance } });
    const reason = 'no key frame received';
    this.stop(index, reason);
    this.replace(index, { phase: 'retrying', atMs: this.now.nowMs + SOURCE_RETRY_MS }, reason);
  }

  private call(index: number, sinceMs: number): void {
    const feed = this.state.feeds[index]!;
    if ((feed.phase !== 'starting' && feed.phase !== 'running') || feed.standby === undefined) return;
    const called = { sinceMs, repeatAtMs: this.now.nowMs + CALL_REPEAT_MS };
    this.set(index, { ...feed, standby: { ...feed.standby, called } });
    this.effect({ type: 'callSource', sourceId: feed.sourceId, instance: feed.standby.instance });
  }

  private stop(index: number, reason: string): void {
    const feed = this.state.feeds[index]!;
    if (feed.phase !== 'idle') this.log(index, `stopped: ${reason}`);
    // One that is not taken yet is stopped when it is.
    if (feed.phase === 'running') this.effect({ type: 'stopSource', sourceId: feed.sourceId, instance: feed.instance, reason });
    this.set(index, { phase: 'idle' });
  }

  /** Also again, or elsewhere: it has been started all the while. */
  private order(index: number, query: string): void {
    const sourceId = feedId(this.now.freshId, index, this.state.policy.feeds[index]!.kind);
    this.state.query = query;
    this.set(index, { phase: 'starting', sourceId, sinceMs: this.now.nowMs });
    this.effect({ type: 'startSource', sourceId, feed: index, query });
  }

  /** What failed last stays known. */
  private set(index: number, feed: FeedState): void {
    this.replace(index, feed, this.state.feeds[index]!.lastError);
  }

  private replace(index: number, feed: FeedState, lastError?: string): void {
    const { lastError: _, ...rest } = feed;
    const young: FeedState = lastError === undefined ? rest : { ...rest, lastError };
    this.state.feeds = this.state.feeds.map((other, at) => (at === index ? young : other));
  }

  private log(index: number, message: string): void {
    if (this.state.policy.feeds[index]!.kind === 'source') this.effect({ type: 'logSource', feed: index, message });
  }
}
