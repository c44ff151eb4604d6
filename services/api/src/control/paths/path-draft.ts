import { SLATE_SOURCE } from '@mediamesh/contracts';
import { FeedDraft } from './feed-draft.ts';
import { CLIENT, feedOf } from './feed-state.ts';
import { REPLACED } from './path-event.ts';
import type { PathEffect, PathEvent, PathReply } from './path-event.ts';
import type { TransitionContext } from './path-machine.ts';
import { SOURCE_MOVE_MS, isAlwaysAvailable, liveEpoch } from './path-state.ts';
import type { PathState, PathStateDraft, Publisher } from './path-state.ts';
import { ReaderDraft } from './reader-draft.ts';
import { RestoreDraft } from './restore-draft.ts';
import { trackMismatch } from './track-mismatch.ts';

/** One transition of a path under way: the next state, and what is to be done. */
export class PathDraft {
  readonly state: PathStateDraft;
  readonly effects: PathEffect[] = [];
  private readonly nowMs: number;
  private readonly feeds: FeedDraft;
  private readonly readers: ReaderDraft;
  private readonly restored: RestoreDraft;

  constructor(state: PathState, now: TransitionContext) {
    this.state = { ...state };
    this.nowMs = now.nowMs;
    const effect = (one: PathEffect): void => this.effect(one);
    this.feeds = new FeedDraft(this.state, now, effect);
    const { feeds } = this;
    this.readers = new ReaderDraft(this.state, this.nowMs, { effect, feeds });
    this.restored = new RestoreDraft(this.state, this.nowMs, { effect, feeds, readers: this.readers });
  }

  apply(event: PathEvent): void {
    this.take(event);
    // What gateways tell a new leader comes piece by piece: `configure` follows.
    if (event.type !== 'close' && event.type !== 'restorePublisher' && event.type !== 'restoreReader') this.feeds.settle();
  }

  private take(event: PathEvent): void {
    switch (event.type) {
      case 'configure':
        this.state.policy = event.policy;
        if (!event.policy.sourceOnDemand) this.feeds.startAll('');
        return;
      case 'describe':
        return this.readers.request(event.waiter, event.query);
      case 'read':
        return this.readers.request(event.waiter, event.query);
      case 'publish':
        return this.publish(event.requestId, event.publisher);
      case 'ready':
        return this.ready(event.epoch, event.tracks);
      case 'leave':
        return this.leave(event.sessionId, event.reason, false);
      case 'sourceTaken':
        return this.feeds.taken(event.sourceId, event.instance);
      case 'sourceStopped':
        return this.sourceStopped(event.sourceId, event.error);
      case 'instanceLost':
        return this.instanceLost(event.instance);
      case 'restorePublisher':
        return this.restored.publisher(event.publisher, event.standby);
      case 'restoreReader':
        return this.restored.reader(event.reader, event.epoch);
      case 'restoreDemand':
        return this.restored.demand(event.query);
      case 'rebuilt':
        return this.restored.rebuilt(event.epoch);
      case 'tick':
        return this.tick();
      case 'close':
        return this.close(event.reason);
    }
  }

  private publish(requestId: string, publisher: Publisher): void {
    const { policy, name, publisher: present } = this.state;
    const feed = feedOf(this.state, publisher.sessionId);
    // A slate that is none of the path's any more is no client.
    if (feed === CLIENT && (policy.source !== 'publisher' || publisher.sourceType === SLATE_SOURCE)) {
      const message = `can't publish to path '${name}' since 'source' is not 'publisher'`;
      return this.reply(requestId, { kind: 'error', code: 'SOURCE_NOT_PUBLISHER', message });
    }
    if (isAlwaysAvailable(policy) && !this.tracksAreExpected(requestId, publisher, feed)) return;
    // Who has the place keeps it: it asks again with its first key unit.
    const isHeld = [present, this.state.successor].some((held) => held?.sessionId === publisher.sessionId);
    if (feed !== CLIENT && !isHeld && !this.feeds.mayPublish(feed, this.rivalsOf(publisher), publisher.instance)) {
      return this.reply(requestId, { kind: 'standby' });
    }
    const isOccupied =
      present !== undefined && present.sessionId !== publisher.sessionId && feedOf(this.state, present.sessionId) === CLIENT;
    if (isOccupied && !policy.overridePublisher) {
      const message = `someone is already publishing to path '${name}'`;
      return this.reply(requestId, { kind: 'error', code: 'ALREADY_PUBLISHING', message });
    }
    if (isOccupied) this.effect({ type: 'log', message: 'closing existing publisher' });
    this.reserve(requestId, publisher);
  }

  private reserve(requestId: string, publisher: Publisher): void {
    const { publisher: present, successor, graceUntilMs, lastEpoch } = this.state;
    // It asks again, and the one that it continues can have left meanwhile.
    const promised = present === undefined && successor?.sessionId === publisher.sessionId ? successor.continues : undefined;
    this.dropSuccessor(publisher.sessionId, REPLACED);
    if (present?.readySinceMs !== undefined && sameLabels(present.trackLabels, publisher.trackLabels)) {
      // The present one streams until the new one is on the bus: readers are spliced over and miss nothing.
      this.state.successor = { ...publisher, continues: present.epoch };
      return this.reply(requestId, { kind: 'published', epoch: publisher.epoch, continues: present.epoch });
    }
    if (present !== undefined) {
      if (present.sessionId !== publisher.sessionId) this.effect({ type: 'kickPublisher', publisher: present, reason: REPLACED });
      this.endStream(present, REPLACED);
    }
    const continues = graceUntilMs === undefined ? promised : lastEpoch;
    this.state.publisher = continues === undefined ? publisher : { ...publisher, continues };
    this.reply(requestId, { kind: 'published', epoch: publisher.epoch, ...(continues === undefined ? {} : { continues }) });
  }

  /** Feeds that have the path, or are about to. */
  private rivalsOf({ sessionId }: Publisher): readonly number[] {
    const others = [this.state.publisher, this.state.successor].filter((other) => other !== undefined && other.sessionId !== sessionId);
    return others.map((other) => feedOf(this.state, other!.sessionId));
  }

  /** The slate says what is expected; who comes before it is answered then. */
  private tracksAreExpected(requestId: string, publisher: Publisher, feed: number): boolean {
    const { trackLabels, tracks } = publisher;
    if (this.state.policy.feeds[feed]?.kind === 'slate') {
      const isFirst = this.state.expected === undefined;
      this.state.expected = { trackLabels, tracks };
      if (isFirst) this.releasePublishers();
      return true;
    }
    const { expected } = this.state;
    if (expected === undefined) {
      this.readers.hold({ requestId, publisher });
      return false;
    }
    if (sameLabels(expected.trackLabels, trackLabels)) return true;
    this.reply(requestId, { kind: 'error', code: 'TRACKS_MISMATCH', message: trackMismatch(tracks, expected.tracks) });
    return false;
  }

  private ready(epoch: number, tracks: Publisher['tracks']): void {
    const { successor, publisher } = this.state;
    let ready: Publisher;
    if (successor?.epoch === epoch) {
      ready = { ...successor, tracks };
      delete this.state.successor;
      // A feed stands by: the higher epoch tells it.
      if (publisher !== undefined && publisher.sessionId !== ready.sessionId && feedOf(this.state, publisher.sessionId) === CLIENT) {
        this.effect({ type: 'kickPublisher', publisher, reason: REPLACED });
      }
    } else if (publisher?.epoch === epoch) ready = { ...publisher, tracks };
    else return; // of a publisher that has lost the path meanwhile
    this.becomesReady(ready);
    this.removeOrphan();
    const { policy, onDemand } = this.state;
    if (policy.sourceOnDemand || onDemand.phase !== 'off') this.state.onDemand = this.readers.demandOfReaders();
    this.readers.releaseWaiters();
  }

  private becomesReady(ready: Publisher): void {
    const feed = feedOf(this.state, ready.sessionId);
    const isSlate = this.state.policy.feeds[feed]?.kind === 'slate';
    const { availableSinceMs = this.nowMs, publisher: before, graceUntilMs, lastEpoch } = this.state;
    const isFirst = this.state.availableSinceMs === undefined;
    this.state.availableSinceMs = availableSinceMs;
    // A leader before has let it continue what readers wait for.
    const continues = ready.continues ?? (graceUntilMs === undefined ? undefined : lastEpoch);
    const publisher: Publisher = { ...ready, readySinceMs: availableSinceMs, ...(continues === undefined ? {} : { continues }) };
    this.state.publisher = isSlate ? publisher : { ...publisher, onlineSinceMs: before?.onlineSinceMs ?? this.nowMs };
    delete this.state.graceUntilMs;
    this.feeds.publishes(feed);
    if (feed !== CLIENT && !isSlate) this.noteSource(feed);
    const news = isSlate && !isFirst ? 'offline' : isSlate ? 'available' : isAlwaysAvailable(this.state.policy) ? 'online' : 'both';
    this.effect({ type: 'available', publisher: this.state.publisher, news });
  }

  private noteSource(feed: number): void {
    const { lastSource } = this.state;
    this.state.lastSource = feed;
    if (lastSource === undefined || lastSource === feed) return;
    this.effect({ type: 'log', message: feed === 0 ? 'switched back to the source' : `switched to backup ${feed}` });
  }

  /** The slate has said what they must bring. */
  private releasePublishers(): void {
    const { waiters } = this.state;
    this.state.waiters = waiters.filter(({ publisher }) => publisher === undefined);
    for (const { requestId, publisher } of waiters) if (publisher !== undefined) this.publish(requestId, publisher);
  }

  private leave(sessionId: string, reason: string, instanceIsLost: boolean): void {
    const { publisher, successor } = this.state;
    if (successor?.sessionId === sessionId) {
      if (instanceIsLost) this.effect({ type: 'removeEpoch', epoch: successor.epoch });
      delete this.state.successor;
      if (publisher === undefined) this.streamIsGone(reason);
    }
    if (publisher?.sessionId === sessionId) {
      this.publisherLeft(publisher, reason);
      if (instanceIsLost) this.abandon(publisher);
      if (feedOf(this.state, sessionId) !== CLIENT && this.state.onDemand.phase !== 'off') this.state.onDemand = { phase: 'off' };
    } else this.readers.leave(sessionId);
  }

  private publisherLeft(publisher: Publisher, reason: string): void {
    delete this.state.publisher;
    if (publisher.readySinceMs === undefined) return; // it was not there for anyone
    this.noteLast(publisher);
    if (this.state.successor === undefined) this.streamIsGone(reason); // else readers wait for that one
  }

  private noteLast({ epoch, tracks }: Publisher): void {
    this.state.lastEpoch = epoch;
    this.state.lastTracks = tracks;
  }

  /** Nobody publishes: readers of the last stream wait for another, or are closed by their gateways. */
  private streamIsGone(reason: string): void {
    const { lastEpoch, policy } = this.state;
    if (policy.publisherGraceMs > 0) {
      this.state.graceUntilMs = this.nowMs + policy.publisherGraceMs;
      return;
    }
    this.removeOrphan();
    this.state.readers = new Map();
    delete this.state.availableSinceMs;
    if (this.state.onDemand.phase === 'ready') this.state.onDemand = this.readers.demandOfReaders();
    if (lastEpoch !== undefined) this.effect({ type: 'unavailable', epoch: lastEpoch, reason });
    this.readers.failWaiters('NO_STREAM');
  }

  /** The path has no stream any more: readers are closed by their gateways. */
  private endStream(publisher: Publisher, reason: string): void {
    delete this.state.publisher;
    if (publisher.readySinceMs === undefined) return;
    this.state.readers = new Map();
    delete this.state.availableSinceMs;
    this.effect({ type: 'unavailable', epoch: publisher.epoch, reason });
  }

  /** `heir` takes its place, perhaps itself again. */
  private dropSuccessor(heir: string, reason: string): void {
    const { successor } = this.state;
    if (successor === undefined) return;
    if (successor.sessionId !== heir) this.effect({ type: 'kickPublisher', publisher: successor, reason });
    delete this.state.successor;
  }

  private stopSources(reason: string): void {
    const { publisher } = this.state;
    const isOurs = publisher !== undefined && feedOf(this.state, publisher.sessionId) !== CLIENT;
    this.feeds.stopAll(reason);
    if (isOurs) this.endStream(publisher, reason);
  }

  private sourceStopped(sourceId: string, error: string): void {
    const { publisher, policy } = this.state;
    const feed = feedOf(this.state, sourceId);
    if (feed === CLIENT) return;
    const isSlate = policy.feeds[feed]!.kind === 'slate';
    if (publisher?.sessionId === sourceId) {
      this.publisherLeft(publisher, error);
      if (policy.sourceOnDemand) this.state.onDemand = { phase: 'off' };
    }
    this.feeds.ended(feed, error);
    if (isSlate && liveEpoch(this.state) === undefined) this.readers.failWaiters('NO_STREAM');
  }

  private instanceLost(instance: string): void {
    for (const feed of this.feeds.at(instance)) {
      const { publisher } = this.state;
      if (publisher !== undefined && feedOf(this.state, publisher.sessionId) === feed) this.orphan(publisher);
      this.feeds.lost(feed);
    }
    this.readers.dropWaiters((waiter) => (waiter.reader ?? waiter.publisher)?.instance === instance);
    for (const publisher of [this.state.successor, this.state.publisher]) {
      if (publisher?.instance === instance) this.leave(publisher.sessionId, 'its gateway is gone', true);
    }
    for (const reader of this.state.readers.values()) {
      if (reader.instance === instance) this.leave(reader.sessionId, 'its gateway is gone', true);
    }
  }

  /** The gateway of a source is gone, but not the source: readers stay, and its next run continues what is on the bus. */
  private orphan(publisher: Publisher): void {
    const { policy, readers, successor } = this.state;
    const isRead = [...readers.values()].some(({ instance }) => instance !== publisher.instance);
    const isWanted = successor === undefined && (!policy.sourceOnDemand || isRead);
    if (publisher.readySinceMs === undefined || !isWanted) return this.leave(publisher.sessionId, 'its gateway is gone', true);
    delete this.state.publisher;
    this.noteLast(publisher);
    this.state.orphanEpoch = publisher.epoch;
    this.state.graceUntilMs = this.nowMs + Math.max(SOURCE_MOVE_MS, policy.publisherGraceMs);
    this.state.onDemand = { phase: 'off' };
  }

  /** What a dead gateway has left stays on the bus until another continues it, or nobody can any more. */
  private abandon({ epoch, readySinceMs }: Publisher): void {
    const isWaitedFor = this.state.graceUntilMs !== undefined || this.state.successor !== undefined;
    if (readySinceMs === undefined || !isWaitedFor) return this.effect({ type: 'removeEpoch', epoch });
    this.removeOrphan();
    this.state.orphanEpoch = epoch;
  }

  private removeOrphan(): void {
    const { orphanEpoch } = this.state;
    if (orphanEpoch !== undefined) this.effect({ type: 'removeEpoch', epoch: orphanEpoch });
    delete this.state.orphanEpoch;
  }

  private tick(): void {
    const { onDemand, graceUntilMs, publisher } = this.state;
    if (graceUntilMs !== undefined && graceUntilMs <= this.nowMs && publisher === undefined) {
      this.endWait('the publisher has not returned');
      this.readers.failWaiters('NO_STREAM');
    }
    if (onDemand.phase === 'waitingReady' && onDemand.deadlineMs <= this.nowMs) {
      this.state.onDemand = { phase: 'off', why: 'timed out' };
      this.stopSources('timed out');
      this.readers.failWaiters('SOURCE_TIMED_OUT', `source of path '${this.state.name}' has timed out`);
    } else if (onDemand.phase === 'closing' && onDemand.deadlineMs <= this.nowMs) {
      this.state.onDemand = { phase: 'off', why: 'not needed by anyone' };
      this.stopSources('not needed by anyone');
    }
  }

  private close(reason: string): void {
    this.readers.failWaiters('TERMINATED', 'terminated');
    this.stopSources(reason);
    this.dropSuccessor('', reason);
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
    delete this.state.availableSinceMs;
    this.removeOrphan();
    this.state.readers = new Map();
    if (readers.size > 0 && lastEpoch !== undefined) this.effect({ type: 'unavailable', epoch: lastEpoch, reason });
  }

  private reply(requestId: string, reply: PathReply): void {
    this.effect({ type: 'reply', requestId, reply });
  }

  private effect(effect: PathEffect): void {
    this.effects.push(effect);
  }
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, index) => label === b[index]);
}
