import type { PathEffect, PathEvent, PathReply } from './path-event.ts';
import type { TransitionContext } from './path-machine.ts';
import { SOURCE_MOVE_MS, SOURCE_RETRY_MS, liveEpoch } from './path-state.ts';
import type { OnDemandState, PathState, Publisher, Reader, Waiter } from './path-state.ts';

const REPLACED = 'closed by another publisher';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One transition of a path under way: the next state, and what is to be done. */
export class PathDraft {
  readonly state: Mutable<PathState>;
  readonly effects: PathEffect[] = [];
  private readonly nowMs: number;
  private readonly freshId: string;

  constructor(state: PathState, now: TransitionContext) {
    this.state = { ...state };
    this.nowMs = now.nowMs;
    this.freshId = now.freshId;
  }

  apply(event: PathEvent): void {
    switch (event.type) {
      case 'configure':
        this.state.policy = event.policy;
        if (event.policy.source === 'static' && !event.policy.sourceOnDemand && this.state.source.phase === 'idle') this.startSource('');
        return;
      case 'describe':
        return this.request(event.waiter, event.query);
      case 'read':
        return this.request(event.waiter, event.query);
      case 'publish':
        return this.publish(event.requestId, event.publisher);
      case 'ready':
        return this.ready(event.epoch, event.tracks);
      case 'leave':
        return this.leave(event.sessionId, event.reason, false);
      case 'sourceTaken':
        if (this.state.source.phase === 'starting' && this.state.source.sourceId === event.sourceId) {
          this.state.source = { phase: 'running', sourceId: event.sourceId, instance: event.instance };
        } else {
          this.effect({ type: 'stopSource', sourceId: event.sourceId, instance: event.instance, reason: 'not needed by anyone' });
        }
        return;
      case 'sourceStopped':
        return this.sourceStopped(event.sourceId, event.error);
      case 'instanceLost':
        return this.instanceLost(event.instance);
      case 'restorePublisher':
        return this.restorePublisher(event.publisher);
      case 'restoreReader':
        this.addReader(event.reader);
        return;
      case 'restoreDemand':
        this.state.query = event.query;
        this.state.onDemand = this.demandOfReaders();
        return;
      case 'rebuilt':
        return this.rebuilt(event.epoch);
      case 'tick':
        return this.tick();
      case 'close':
        return this.close(event.reason);
    }
  }

  /** DESCRIBE, or a reader. */
  private request(waiter: Waiter, query: string): void {
    const { policy, name } = this.state;
    if (liveEpoch(this.state) !== undefined) return this.answer(waiter);
    if (policy.source === 'redirect' && waiter.reader === undefined) {
      return this.reply(waiter.requestId, { kind: 'redirect', location: policy.redirectTo });
    }
    if (policy.sourceOnDemand || policy.commandOnDemand) {
      this.hold(waiter);
      if (this.state.onDemand.phase !== 'waitingReady') this.demand(query);
      return;
    }
    if (this.state.graceUntilMs !== undefined || this.state.successor !== undefined) return this.hold(waiter);
    if (policy.fallback !== '' && waiter.reader === undefined) {
      return this.reply(waiter.requestId, { kind: 'redirect', location: policy.fallback });
    }
    this.reply(waiter.requestId, { kind: 'error', code: 'NO_STREAM', message: `no stream is available on path '${name}'` });
  }

  /** Starts what is to bring the stream. A command whose publisher has left runs already. */
  private demand(query: string): void {
    const { policy, onDemand, source } = this.state;
    this.state.onDemand = { phase: 'waitingReady', deadlineMs: this.nowMs + policy.startTimeoutMs };
    if (onDemand.phase === 'off') this.state.query = query;
    if (policy.sourceOnDemand && source.phase === 'idle') this.startSource(query);
  }

  /** A request that is asked again takes its own place. */
  private hold(waiter: Waiter): void {
    this.state.waiters = [...this.state.waiters.filter(({ requestId }) => requestId !== waiter.requestId), waiter];
  }

  private answer(waiter: Waiter): void {
    const epoch = liveEpoch(this.state)!;
    if (waiter.reader !== undefined && !this.addReader(waiter.reader)) {
      return this.reply(waiter.requestId, { kind: 'error', code: 'MAX_READERS', message: 'maximum reader count reached' });
    }
    this.reply(waiter.requestId, { kind: 'stream', epoch });
  }

  private addReader(reader: Reader): boolean {
    const { readers, policy } = this.state;
    if (!readers.has(reader.sessionId)) {
      if (policy.maxReaders > 0 && readers.size >= policy.maxReaders) return false;
      this.state.readers = new Map(readers).set(reader.sessionId, reader);
    }
    if (this.state.onDemand.phase === 'closing') this.state.onDemand = { phase: 'ready' };
    return true;
  }

  private publish(requestId: string, publisher: Publisher): void {
    const { policy, name, publisher: present, source } = this.state;
    const own = source.phase === 'starting' || source.phase === 'running' ? source.sourceId : undefined;
    if (policy.source !== 'publisher' && publisher.sessionId !== own) {
      const message = `can't publish to path '${name}' since 'source' is not 'publisher'`;
      return this.reply(requestId, { kind: 'error', code: 'SOURCE_NOT_PUBLISHER', message });
    }
    const occupied = present !== undefined && present.sessionId !== publisher.sessionId;
    if (occupied && !policy.overridePublisher) {
      return this.reply(requestId, {
        kind: 'error',
        code: 'ALREADY_PUBLISHING',
        message: `someone is already publishing to path '${name}'`,
      });
    }
    if (occupied) this.effect({ type: 'log', message: 'closing existing publisher' });
    this.dropSuccessor(REPLACED);
    const splices = present?.readySinceMs !== undefined && sameLabels(present.trackLabels, publisher.trackLabels);
    if (splices) {
      // The present one streams until the new one is on the bus: readers are spliced over and miss nothing.
      this.state.successor = { ...publisher, continues: present.epoch };
      return this.reply(requestId, { kind: 'published', epoch: publisher.epoch, continues: present.epoch });
    }
    if (present !== undefined) {
      if (occupied) this.effect({ type: 'kickPublisher', publisher: present, reason: REPLACED });
      this.endStream(present, REPLACED);
    }
    const continues = this.state.graceUntilMs === undefined ? undefined : this.state.lastEpoch;
    this.state.publisher = continues === undefined ? publisher : { ...publisher, continues };
    this.reply(requestId, { kind: 'published', epoch: publisher.epoch, ...(continues === undefined ? {} : { continues }) });
  }

  private ready(epoch: number, tracks: Publisher['tracks']): void {
    const { successor, publisher } = this.state;
    let ready: Publisher;
    if (successor?.epoch === epoch) {
      ready = { ...successor, tracks, readySinceMs: publisher?.readySinceMs ?? this.nowMs };
      delete this.state.successor;
      if (publisher !== undefined && publisher.sessionId !== ready.sessionId) {
        this.effect({ type: 'kickPublisher', publisher, reason: REPLACED });
      }
    } else if (publisher?.epoch === epoch) {
      ready = { ...publisher, tracks, readySinceMs: publisher.readySinceMs ?? this.nowMs };
    } else return; // of a publisher that has lost the path meanwhile
    this.state.publisher = ready;
    delete this.state.graceUntilMs;
    this.effect({ type: 'available', publisher: ready });
    this.removeOrphan();
    const { policy, onDemand } = this.state;
    if (policy.sourceOnDemand || onDemand.phase !== 'off') this.state.onDemand = this.demandOfReaders();
    this.releaseWaiters();
  }

  private demandOfReaders(): OnDemandState {
    if (this.state.readers.size > 0) return { phase: 'ready' };
    return { phase: 'closing', deadlineMs: this.nowMs + this.state.policy.closeAfterMs };
  }

  private releaseWaiters(): void {
    const { waiters } = this.state;
    this.state.waiters = [];
    for (const waiter of waiters) this.answer(waiter);
  }

  private failWaiters(code: 'SOURCE_TIMED_OUT' | 'TERMINATED' | 'NO_STREAM', message: string): void {
    const { waiters } = this.state;
    this.state.waiters = [];
    for (const waiter of waiters) this.reply(waiter.requestId, { kind: 'error', code, message });
  }

  private leave(sessionId: string, reason: string, instanceIsLost: boolean): void {
    const { publisher, successor, readers, source } = this.state;
    if (successor?.sessionId === sessionId) {
      if (instanceIsLost) this.effect({ type: 'removeEpoch', epoch: successor.epoch });
      delete this.state.successor;
      if (publisher === undefined) this.streamIsGone(reason);
    }
    if (publisher?.sessionId === sessionId) {
      this.publisherLeft(publisher, reason);
      if (instanceIsLost) this.effect({ type: 'removeEpoch', epoch: publisher.epoch });
      if (source.phase === 'running' && source.sourceId === sessionId && this.state.onDemand.phase !== 'off')
        this.state.onDemand = { phase: 'off' };
    } else if (readers.has(sessionId)) {
      const left = new Map(readers);
      left.delete(sessionId);
      this.state.readers = left;
      if (this.state.onDemand.phase === 'ready') this.state.onDemand = this.demandOfReaders();
    } else this.state.waiters = this.state.waiters.filter(({ reader }) => reader?.sessionId !== sessionId);
  }

  private publisherLeft(publisher: Publisher, reason: string): void {
    delete this.state.publisher;
    if (publisher.readySinceMs === undefined) return; // it was not there for anyone
    this.state.lastEpoch = publisher.epoch;
    if (this.state.successor === undefined) this.streamIsGone(reason); // else readers wait for that one
  }

  /** Nobody publishes: readers of the last stream wait for another, or are closed by their gateways. */
  private streamIsGone(reason: string): void {
    const { lastEpoch, policy } = this.state;
    if (policy.publisherGraceMs > 0) {
      this.state.graceUntilMs = this.nowMs + policy.publisherGraceMs;
      return;
    }
    this.state.readers = new Map();
    if (this.state.onDemand.phase === 'ready') this.state.onDemand = this.demandOfReaders();
    if (lastEpoch !== undefined) this.effect({ type: 'unavailable', epoch: lastEpoch, reason });
    this.failWaiters('NO_STREAM', `no stream is available on path '${this.state.name}'`);
  }

  /** The path has no stream any more: readers are closed by their gateways. */
  private endStream(publisher: Publisher, reason: string): void {
    delete this.state.publisher;
    if (publisher.readySinceMs === undefined) return;
    this.state.readers = new Map();
    this.effect({ type: 'unavailable', epoch: publisher.epoch, reason });
  }

  private dropSuccessor(reason: string): void {
    if (this.state.successor === undefined) return;
    this.effect({ type: 'kickPublisher', publisher: this.state.successor, reason });
    delete this.state.successor;
  }

  private startSource(query: string): void {
    this.logSource(this.state.policy.sourceOnDemand ? 'started on demand' : 'started');
    this.orderSource(query);
  }

  /** Also again, or elsewhere: it has been started all the while. */
  private orderSource(query: string): void {
    this.state.query = query;
    this.state.source = { phase: 'starting', sourceId: this.freshId };
    this.effect({ type: 'startSource', sourceId: this.freshId, query });
  }

  private stopSource(reason: string): void {
    const { source } = this.state;
    if (source.phase !== 'idle') this.logSource(`stopped: ${reason}`);
    // One that is not taken yet is stopped when it is.
    if (source.phase === 'running') this.effect({ type: 'stopSource', sourceId: source.sourceId, instance: source.instance, reason });
    this.state.source = { phase: 'idle' };
    const { publisher } = this.state;
    if (publisher !== undefined && (source.phase === 'running' || source.phase === 'starting') && publisher.sessionId === source.sourceId) {
      this.endStream(publisher, reason);
    }
  }

  private sourceStopped(sourceId: string, error: string): void {
    const { source, publisher } = this.state;
    if ((source.phase !== 'starting' && source.phase !== 'running') || source.sourceId !== sourceId) return;
    if (publisher?.sessionId === sourceId) {
      this.publisherLeft(publisher, error);
      if (this.state.policy.sourceOnDemand) this.state.onDemand = { phase: 'off' };
    }
    const wanted = !this.state.policy.sourceOnDemand || this.state.onDemand.phase === 'waitingReady';
    this.state.source = wanted ? { phase: 'retrying', atMs: this.nowMs + SOURCE_RETRY_MS } : { phase: 'idle' };
    if (!wanted) this.logSource('stopped: an error occurred');
  }

  private instanceLost(instance: string): void {
    const { source } = this.state;
    if (source.phase === 'running' && source.instance === instance) {
      const { publisher } = this.state;
      if (publisher?.sessionId === source.sourceId) this.orphan(publisher);
      this.state.source = { phase: 'idle' };
      // Elsewhere at once: the source itself has not failed.
      const wanted =
        !this.state.policy.sourceOnDemand || this.state.onDemand.phase === 'waitingReady' || this.state.graceUntilMs !== undefined;
      if (wanted) this.orderSource(this.state.query);
      else this.logSource('stopped: an error occurred');
    }
    this.state.waiters = this.state.waiters.filter(({ reader }) => reader?.instance !== instance);
    for (const publisher of [this.state.successor, this.state.publisher]) {
      if (publisher?.instance === instance) this.leave(publisher.sessionId, 'its gateway is gone', true);
    }
    for (const reader of this.state.readers.values()) {
      if (reader.instance === instance) this.leave(reader.sessionId, 'its gateway is gone', true);
    }
  }

  /** The gateway of a source is gone, but not the source: readers stay, and its next run continues what is on the bus. */
  private orphan(publisher: Publisher): void {
    const { policy, readers } = this.state;
    const isWanted = !policy.sourceOnDemand || [...readers.values()].some(({ instance }) => instance !== publisher.instance);
    if (publisher.readySinceMs === undefined || !isWanted) return this.leave(publisher.sessionId, 'its gateway is gone', true);
    delete this.state.publisher;
    this.state.lastEpoch = publisher.epoch;
    this.state.orphanEpoch = publisher.epoch;
    this.state.graceUntilMs = this.nowMs + Math.max(SOURCE_MOVE_MS, policy.publisherGraceMs);
    this.state.onDemand = { phase: 'off' };
  }

  private removeOrphan(): void {
    const { orphanEpoch } = this.state;
    if (orphanEpoch !== undefined) this.effect({ type: 'removeEpoch', epoch: orphanEpoch });
    delete this.state.orphanEpoch;
  }

  private restorePublisher(publisher: Publisher): void {
    const { publisher: present, policy } = this.state;
    if (present !== undefined && present.epoch >= publisher.epoch) {
      if (present.epoch > publisher.epoch) this.effect({ type: 'kickPublisher', publisher, reason: REPLACED });
      return;
    }
    if (present !== undefined) this.effect({ type: 'kickPublisher', publisher: present, reason: REPLACED });
    this.state.publisher = publisher;
    delete this.state.orphanEpoch; // its gateway was slow, and is back
    if (policy.source === 'static') {
      this.state.source = { phase: 'running', sourceId: publisher.sessionId, instance: publisher.instance };
      if (policy.sourceOnDemand) this.state.onDemand = this.demandOfReaders();
    }
    if (publisher.readySinceMs !== undefined) this.releaseWaiters();
  }

  private rebuilt(epoch: number): void {
    const { publisher, successor, readers } = this.state;
    if (publisher !== undefined || successor !== undefined || readers.size === 0) return;
    this.state.readers = new Map();
    this.effect({ type: 'unavailable', epoch, reason: 'its publisher is gone' });
  }

  private tick(): void {
    const { onDemand, source, graceUntilMs, publisher } = this.state;
    if (graceUntilMs !== undefined && graceUntilMs <= this.nowMs && publisher === undefined) {
      this.endWait('the publisher has not returned');
      this.failWaiters('NO_STREAM', `no stream is available on path '${this.state.name}'`);
    }
    if (onDemand.phase === 'waitingReady' && onDemand.deadlineMs <= this.nowMs) {
      this.state.onDemand = { phase: 'off', why: 'timed out' };
      this.stopSource('timed out');
      this.failWaiters('SOURCE_TIMED_OUT', `source of path '${this.state.name}' has timed out`);
    } else if (onDemand.phase === 'closing' && onDemand.deadlineMs <= this.nowMs) {
      this.state.onDemand = { phase: 'off', why: 'not needed by anyone' };
      this.stopSource('not needed by anyone');
    }
    if (this.state.source.phase === 'retrying' && source.phase === 'retrying' && source.atMs <= this.nowMs) {
      this.orderSource(this.state.query);
    }
  }

  private close(reason: string): void {
    this.failWaiters('TERMINATED', 'terminated');
    this.stopSource(reason);
    this.dropSuccessor(reason);
    const { publisher } = this.state;
    if (publisher !== undefined) {
      this.effect({ type: 'kickPublisher', publisher, reason });
      this.endStream(publisher, reason);
    }
    this.endWait(reason);
  }

  /** Readers that still wait for a successor are closed. */
  private endWait(reason: string): void {
    const { lastEpoch, readers } = this.state;
    delete this.state.graceUntilMs;
    this.removeOrphan();
    this.state.readers = new Map();
    if (readers.size > 0 && lastEpoch !== undefined) this.effect({ type: 'unavailable', epoch: lastEpoch, reason });
  }

  private reply(requestId: string, reply: PathReply): void {
    this.effect({ type: 'reply', requestId, reply });
  }

  private logSource(message: string): void {
    this.effect({ type: 'logSource', message });
  }

  private effect(effect: PathEffect): void {
    this.effects.push(effect);
  }
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, index) => label === b[index]);
}
