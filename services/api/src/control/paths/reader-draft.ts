import type { FeedDraft } from './feed-draft.ts';
import type { PathEffect, PathReply } from './path-event.ts';
import { isAlwaysAvailable, liveEpoch } from './path-state.ts';
import type { OnDemandState, PathStateDraft, Reader, Waiter } from './path-state.ts';

/** The part of a transition that concerns readers: those that are there, those on hold, and what is started on their demand. */
export class ReaderDraft {
  private readonly state: PathStateDraft;
  private readonly nowMs: number;
  private readonly feeds: FeedDraft;
  private readonly effect: (effect: PathEffect) => void;

  constructor(
    state: PathStateDraft,
    nowMs: number,
    { effect, feeds }: { readonly effect: (effect: PathEffect) => void; readonly feeds: FeedDraft },
  ) {
    this.state = state;
    this.nowMs = nowMs;
    this.effect = effect;
    this.feeds = feeds;
  }

  /** DESCRIBE, or a reader. */
  request(waiter: Waiter, query: string): void {
    const { policy } = this.state;
    if (liveEpoch(this.state) !== undefined) return this.answer(waiter);
    if (policy.source === 'redirect' && waiter.reader === undefined) {
      return this.reply(waiter.requestId, { kind: 'redirect', location: policy.redirectTo });
    }
    if (policy.sourceOnDemand || policy.commandOnDemand) {
      this.hold(waiter);
      if (this.state.onDemand.phase !== 'waitingReady') this.demand(query);
      return;
    }
    if (this.state.graceUntilMs !== undefined || this.state.successor !== undefined || this.slateIsStarting) return this.hold(waiter);
    if (policy.fallback !== '' && waiter.reader === undefined) {
      return this.reply(waiter.requestId, { kind: 'redirect', location: policy.fallback });
    }
    this.reply(waiter.requestId, { kind: 'error', code: 'NO_STREAM', message: this.noStream });
  }

  private get noStream(): string {
    return `no stream is available on path '${this.state.name}'`;
  }

  private get slateIsStarting(): boolean {
    return isAlwaysAvailable(this.state.policy) && this.state.feeds.at(-1)!.phase !== 'retrying';
  }

  /** Starts what is to bring the stream. A command whose publisher has left runs already. */
  private demand(query: string): void {
    const { policy, onDemand } = this.state;
    this.state.onDemand = { phase: 'waitingReady', deadlineMs: this.nowMs + policy.startTimeoutMs };
    if (onDemand.phase === 'off') this.state.query = query;
    if (policy.sourceOnDemand) this.feeds.startAll(query);
  }

  /** A request that is asked again takes its own place. */
  hold(waiter: Waiter): void {
    this.state.waiters = [...this.state.waiters.filter(({ requestId }) => requestId !== waiter.requestId), waiter];
  }

  private answer(waiter: Waiter): void {
    const epoch = liveEpoch(this.state)!;
    if (waiter.reader !== undefined && !this.addReader(waiter.reader)) {
      return this.reply(waiter.requestId, { kind: 'error', code: 'MAX_READERS', message: 'maximum reader count reached' });
    }
    this.reply(waiter.requestId, { kind: 'stream', epoch });
  }

  addReader(reader: Reader): boolean {
    const { readers, policy } = this.state;
    if (!readers.has(reader.sessionId)) {
      if (policy.maxReaders > 0 && readers.size >= policy.maxReaders) return false;
      this.state.readers = new Map(readers).set(reader.sessionId, reader);
    }
    if (this.state.onDemand.phase === 'closing') this.state.onDemand = { phase: 'ready' };
    return true;
  }

  demandOfReaders(): OnDemandState {
    if (this.state.readers.size > 0) return { phase: 'ready' };
    return { phase: 'closing', deadlineMs: this.nowMs + this.state.policy.closeAfterMs };
  }

  releaseWaiters(): void {
    const { waiters } = this.state;
    this.state.waiters = [];
    for (const waiter of waiters) this.answer(waiter);
  }

  failWaiters(code: 'SOURCE_TIMED_OUT' | 'TERMINATED' | 'NO_STREAM', message = this.noStream): void {
    const { waiters } = this.state;
    this.state.waiters = [];
    for (const waiter of waiters) this.reply(waiter.requestId, { kind: 'error', code, message });
  }

  leave(sessionId: string): void {
    const { readers } = this.state;
    if (readers.has(sessionId)) {
      const left = new Map(readers);
      left.delete(sessionId);
      this.state.readers = left;
      if (this.state.onDemand.phase === 'ready') this.state.onDemand = this.demandOfReaders();
    } else this.dropWaiters((waiter) => (waiter.reader ?? waiter.publisher)?.sessionId === sessionId);
  }

  /** Whoever asked is gone: the question ends. */
  dropWaiters(isGone: (waiter: Waiter) => boolean): void {
    const { waiters } = this.state;
    this.state.waiters = waiters.filter((waiter) => !isGone(waiter));
    for (const waiter of waiters) {
      if (isGone(waiter)) this.reply(waiter.requestId, { kind: 'error', code: 'TERMINATED', message: 'terminated' });
    }
  }

  private reply(requestId: string, reply: PathReply): void {
    this.effect({ type: 'reply', requestId, reply });
  }
}
