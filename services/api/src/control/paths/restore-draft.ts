import { SLATE_SOURCE } from '@mediamesh/contracts';
import type { FeedDraft } from './feed-draft.ts';
import { CLIENT, feedIndexOf } from './feed-state.ts';
import { REPLACED } from './path-event.ts';
import type { PathEffect } from './path-event.ts';
import { SOURCE_MOVE_MS } from './path-state.ts';
import type { PathStateDraft, Publisher, Reader } from './path-state.ts';
import type { ReaderDraft } from './reader-draft.ts';

export interface RestoreParts {
  readonly effect: (effect: PathEffect) => void;
  readonly feeds: FeedDraft;
  readonly readers: ReaderDraft;
}

/** The part of a transition that concerns a new leader, to which gateways tell of their sessions piece by piece. */
export class RestoreDraft {
  private readonly state: PathStateDraft;
  private readonly nowMs: number;
  private readonly effect: (effect: PathEffect) => void;
  private readonly feeds: FeedDraft;
  private readonly readers: ReaderDraft;

  constructor(state: PathStateDraft, nowMs: number, { effect, feeds, readers }: RestoreParts) {
    this.state = state;
    this.nowMs = nowMs;
    this.effect = effect;
    this.feeds = feeds;
    this.readers = readers;
  }

  publisher(publisher: Publisher, standsBy: boolean): void {
    const { publisher: present, policy } = this.state;
    const { sessionId, instance, trackLabels, tracks } = publisher;
    const feed = feedIndexOf(this.state, sessionId);
    const isFeed = feed !== CLIENT;
    const known = isFeed ? this.state.feeds[feed] : undefined;
    const runsElsewhere = known?.phase === 'running' && known.sourceId !== sessionId;
    // Another run has its place meanwhile, or the configuration has none for it.
    if (isFeed ? standsBy && runsElsewhere : standsBy || publisher.sourceType === SLATE_SOURCE)
      return this.effect({ type: 'stopSource', sourceId: sessionId, instance, reason: 'not needed by anyone' });
    if (isFeed && policy.feeds[feed]!.kind === 'slate') this.state.expected = { trackLabels, tracks };
    if (isFeed && standsBy) return this.feeds.restore(feed, sessionId, instance, true);
    if (present !== undefined && present.epoch >= publisher.epoch) {
      if (present.epoch > publisher.epoch) this.effect({ type: 'kickPublisher', publisher, reason: REPLACED });
      return;
    }
    if (present !== undefined) this.effect({ type: 'kickPublisher', publisher: present, reason: REPLACED });
    this.state.publisher = publisher;
    if (publisher.readySinceMs !== undefined) delete this.state.graceUntilMs; // else its readers still wait for it
    delete this.state.orphanEpoch; // its gateway was slow, and is back
    if (isFeed) {
      this.feeds.restore(feed, sessionId, instance, false);
      if (policy.sourceOnDemand) this.state.onDemand = this.readers.demandOfReaders();
    }
    if (publisher.readySinceMs === undefined) return;
    this.state.availableSinceMs = publisher.readySinceMs;
    this.readers.releaseWaiters();
  }

  reader(reader: Reader, epoch: number): void {
    this.readers.addReader(reader);
    this.awaitPublisherAfter(epoch);
  }

  /** The command on demand runs. */
  demand(query: string): void {
    this.state.query = query;
    this.state.onDemand = this.readers.demandOfReaders();
  }

  /** All have told. */
  rebuilt(epoch: number): void {
    const { publisher, successor, readers, graceUntilMs } = this.state;
    if (publisher !== undefined || successor !== undefined || readers.size === 0) return;
    if (graceUntilMs !== undefined) {
      this.feeds.startAll(this.state.query);
      return;
    }
    this.state.readers = new Map();
    this.effect({ type: 'unavailable', epoch, reason: 'its publisher is gone' });
  }

  /** Readers that a gateway has told of may be between two publishers: they wait for the next, as under the leader before. */
  private awaitPublisherAfter(epoch: number): void {
    const { policy, publisher, lastEpoch = 0 } = this.state;
    const graceMs = policy.source === 'static' ? Math.max(SOURCE_MOVE_MS, policy.publisherGraceMs) : policy.publisherGraceMs;
    if (publisher?.readySinceMs !== undefined || graceMs === 0) return;
    this.state.lastEpoch = Math.max(lastEpoch, epoch);
    // The next run of a source replaces the one before. A client may be there all the while, its gateway slow to tell.
    if (policy.source === 'static') this.state.orphanEpoch = this.state.lastEpoch;
    this.state.graceUntilMs = this.nowMs + graceMs;
    this.state.availableSinceMs ??= this.nowMs;
  }
}
