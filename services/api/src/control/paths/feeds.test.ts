import { describe, expect, test } from 'vitest';
import { CALL_DEADLINE_MS, CALL_REPEAT_MS } from './feed-state.ts';
import { SOURCE_RETRY_MS } from './path-machine.ts';
import { CAMERA, Path, ask, kinds, publisher, read, replies } from './path-rig.cases.ts';
import type { PathEffect } from './path-event.ts';
import type { FeedPolicy, PathPolicy, Publisher } from './path-state.ts';
import { liveEpoch, nextDeadline } from './path-state.ts';

const SLATE: FeedPolicy = { kind: 'slate', component: 'slate' };
const GRACE_MS = 15_000;
const SILENCE_MS = 5_000;
const RECOVERY_MS = 10_000;
const TRACKS = [{ codec: 'H264', codecProps: null }];

/** Feeds are called `a`, `b`, `slate` in these tests, by their places. */
class FedPath extends Path {
  private epoch = 0;
  private readonly taken = new Set<string>();

  constructor(policy: Partial<PathPolicy>) {
    super({ permanent: true, publisherGraceMs: GRACE_MS, ...policy });
  }

  idOf(name: string): string {
    const index = name === 'slate' ? this.state.feeds.length - 1 : name === 'a' ? 0 : 1;
    const feed = this.state.feeds[index]!;
    return feed.phase === 'starting' || feed.phase === 'running' ? feed.sourceId : `no ${name}`;
  }

  /** The gateway has it and asks for the path; what control answers. */
  asks(name: string, more: Partial<Publisher> = {}): unknown {
    const sessionId = this.idOf(name);
    if (!this.taken.has(sessionId)) this.do({ type: 'sourceTaken', sourceId: sessionId, instance: `gateway-${name}` });
    this.taken.add(sessionId);
    return this.publishes(sessionId, { instance: `gateway-${name}`, sourceType: name === 'slate' ? 'slate' : 'rtspSource', ...more });
  }

  client(sessionId: string, more: Partial<Publisher> = {}): unknown {
    return this.publishes(sessionId, more);
  }

  /** What was reserved last is on the bus. */
  isReady(): readonly PathEffect[] {
    return this.do({ type: 'ready', epoch: this.epoch, tracks: TRACKS });
  }

  stops(name: string, error = 'EOF'): readonly PathEffect[] {
    return this.do({ type: 'sourceStopped', sourceId: this.idOf(name), error });
  }

  tickAfter(ms: number): readonly PathEffect[] {
    return this.do({ type: 'tick' }, ms);
  }

  /** The session that readers get. */
  get live(): string | undefined {
    return this.state.publisher?.readySinceMs === undefined ? undefined : this.state.publisher.sessionId;
  }

  private publishes(sessionId: string, more: Partial<Publisher>): unknown {
    this.epoch++;
    this.do({
      type: 'publish',
      requestId: `r-${this.epoch}`,
      publisher: publisher(this.epoch, { sessionId, tracks: TRACKS, ...more }),
    });
    return this.effects.find((effect) => effect.type === 'reply')?.reply;
  }
}

const calls = (effects: readonly PathEffect[]): string[] =>
  effects.filter((effect) => effect.type === 'callSource').map(({ instance }) => instance);

describe('the slate', () => {
  const offline = (): FedPath => {
    const path = new FedPath({ feeds: [SLATE] });
    path.asks('slate');
    path.isReady();
    return path;
  };

  test('starts with the path, and is the stream while nobody publishes', () => {
    const path = new FedPath({ feeds: [SLATE] });
    expect(path.effects).toEqual([{ type: 'startSource', sourceId: 'source-1.slate', feed: 0, query: '' }]);
    expect(replies(path.do(read('r')))).toEqual([]);
    expect(path.asks('slate')).toEqual({ kind: 'published', epoch: 1 });
    expect(path.isReady()).toMatchObject([
      { type: 'available', news: 'available', publisher: { readySinceMs: 0 } },
      { type: 'reply', requestId: 'ask-r', reply: { kind: 'stream', epoch: 1 } },
    ]);
    expect(path.state.publisher).not.toHaveProperty('onlineSinceMs');
  });

  test('gives way to a client, stands by, and comes back; readers stay', () => {
    const path = offline();
    path.do(read('r'), 1_000);
    expect(path.client('p')).toEqual({ kind: 'published', epoch: 2, continues: 1 });
    expect(path.live).toBe(path.idOf('slate'));
    expect(path.isReady()).toMatchObject([{ type: 'available', news: 'online', publisher: { readySinceMs: 0, onlineSinceMs: 1_000 } }]);
    expect(path.asks('slate')).toEqual({ kind: 'standby' });
    expect(calls(path.do({ type: 'leave', sessionId: 'p', reason: 'EOF' }, 1_000))).toEqual(['gateway-slate']);
    expect(path.asks('slate')).toEqual({ kind: 'published', epoch: 4, continues: 2 });
    expect(path.isReady()).toMatchObject([{ type: 'available', news: 'offline', publisher: { readySinceMs: 0 } }]);
    expect(path.state.readers.size).toBe(1);
    expect(nextDeadline(path.state)).toBeUndefined();
  });

  test('a client takes over from another without it', () => {
    const path = offline();
    path.client('p');
    path.isReady();
    path.asks('slate');
    expect(path.client('q')).toEqual({ kind: 'published', epoch: 4, continues: 2 });
    expect(kinds(path.isReady())).toEqual(['kickPublisher', 'available']);
    expect(path.state.publisher?.onlineSinceMs).toBe(0);
  });

  test('is called by itself when the successor of a publisher is lost as well', () => {
    const path = offline();
    path.client('p');
    path.isReady();
    path.asks('slate');
    path.client('q');
    expect(calls(path.do({ type: 'leave', sessionId: 'p', reason: '' }))).toEqual([]);
    expect(calls(path.do({ type: 'leave', sessionId: 'q', reason: '' }))).toEqual(['gateway-slate']);
  });

  test.each<[string, Partial<Publisher>, string]>([
    [
      'another codec',
      { trackLabels: ['H265'], tracks: [{ codec: 'H265', codecProps: null }] },
      'wants to publish [H265], but stream expects [H264]',
    ],
    [
      'more tracks',
      { trackLabels: ['H264', 'Opus'], tracks: [...TRACKS, { codec: 'Opus', codecProps: null }] },
      'wants to publish [H264 Opus], but stream expects [H264]',
    ],
  ])('refuses %s', (_, tracks, message) => {
    const path = offline();
    expect(path.client('p', tracks)).toEqual({ kind: 'error', code: 'TRACKS_MISMATCH', message });
    expect(path.live).toBe(path.idOf('slate'));
  });

  test('who publishes before it has said what it expects is answered then', () => {
    const path = new FedPath({ feeds: [SLATE] });
    expect(path.client('p')).toBeUndefined();
    expect(path.client('q', { trackLabels: ['Opus'], tracks: [{ codec: 'Opus', codecProps: null }] })).toBeUndefined();
    path.asks('slate');
    expect(replies(path.effects)).toEqual([
      ['r-1', { kind: 'published', epoch: 1 }],
      ['r-2', expect.objectContaining({ code: 'TRACKS_MISMATCH' })],
      ['r-3', { kind: 'standby' }],
    ]);
  });

  test('one that hangs up before is forgotten', () => {
    const path = new FedPath({ feeds: [SLATE] });
    path.client('p');
    path.do({ type: 'leave', sessionId: 'p', reason: '' });
    path.asks('slate');
    expect(replies(path.effects)).toEqual([['r-2', { kind: 'published', epoch: 2 }]]);
  });

  test('that cannot start fails who waits, and is tried again', () => {
    const path = new FedPath({ feeds: [SLATE] });
    path.do(ask('a'));
    expect(replies(path.stops('slate', 'no such file'))).toEqual([['a', expect.objectContaining({ code: 'NO_STREAM' })]]);
    expect(replies(path.do(ask('b')))).toEqual([['b', expect.objectContaining({ code: 'NO_STREAM' })]]);
    expect(kinds(path.tickAfter(SOURCE_RETRY_MS))).toEqual(['startSource']);
  });

  test('runs elsewhere when its gateway is gone, playing or not', () => {
    const path = offline();
    path.do(read('r', 'gateway-2'));
    expect(kinds(path.do({ type: 'instanceLost', instance: 'gateway-slate' }))).toEqual(['startSource']);
    expect(path.asks('slate')).toMatchObject({ kind: 'published', continues: 1 });
    expect(kinds(path.isReady())).toEqual(['available', 'removeEpoch']);
    path.client('p');
    path.isReady();
    path.asks('slate');
    expect(kinds(path.do({ type: 'instanceLost', instance: 'gateway-slate' }))).toEqual(['startSource']);
    expect(path.live).toBe('p');
    expect(path.state.readers.size).toBe(1);
  });

  test('one that is none of the path any more is no client, whatever it says', () => {
    const path = offline();
    path.do({ type: 'instanceLost', instance: 'gateway-slate' });
    path.asks('slate');
    path.isReady();
    const stray = publisher(99, { sessionId: 'former.slate', sourceType: 'slate', tracks: TRACKS });
    path.do({ type: 'publish', requestId: 'stray', publisher: stray });
    expect(replies(path.effects)).toMatchObject([['stray', { code: 'SOURCE_NOT_PUBLISHER' }]]);
    expect(kinds(path.do({ type: 'restorePublisher', publisher: stray, standby: true }))).toEqual(['stopSource']);
    expect(path.live).toBe(path.idOf('slate'));
  });

  test('beside a static source: at once, and whenever that fails', () => {
    const path = new FedPath({ source: 'static', feeds: [CAMERA, SLATE] });
    expect(kinds(path.effects)).toEqual(['logSource', 'startSource', 'startSource']);
    path.asks('slate');
    path.isReady();
    expect(path.asks('a')).toMatchObject({ kind: 'published', continues: 1 });
    path.isReady();
    expect(path.asks('slate')).toEqual({ kind: 'standby' });
    expect(calls(path.stops('a'))).toEqual(['gateway-slate']);
    path.asks('slate');
    path.isReady();
    expect(kinds(path.tickAfter(SOURCE_RETRY_MS))).toEqual(['startSource']);
    expect(path.asks('a')).toMatchObject({ kind: 'published' });
  });

  test('a new leader learns of it, playing or standing by', () => {
    const path = new FedPath({ feeds: [SLATE] });
    const told = publisher(7, { sessionId: 'x.slate', sourceType: 'slate', instance: 'gateway-slate' });
    path.do({ type: 'restorePublisher', publisher: { ...told, epoch: 0 }, standby: true });
    path.do({ type: 'restorePublisher', publisher: publisher(8, { sessionId: 'p', readySinceMs: 0, onlineSinceMs: 0 }), standby: false });
    expect(path.idOf('slate')).toBe('x.slate');
    expect(path.live).toBe('p');
    expect(calls(path.do({ type: 'leave', sessionId: 'p', reason: '' }))).toEqual(['gateway-slate']);
  });
});

describe('backups', () => {
  const BOTH = { source: 'static', feeds: [CAMERA, CAMERA] } as const;

  /** `a` is live, `b` stands by, a reader is there. */
  const running = (more: Partial<PathPolicy> = {}): FedPath => {
    const path = new FedPath({ ...BOTH, ...more });
    path.asks('a');
    path.isReady();
    expect(path.asks('b')).toEqual({ kind: 'standby' });
    path.do(read('r'));
    return path;
  };

  /** `b` is live, `a` has failed. */
  const failedOver = (): FedPath => {
    const path = running();
    path.stops('a');
    path.asks('b');
    path.isReady();
    return path;
  };

  test('all are started; the best is waited for', () => {
    const path = new FedPath(BOTH);
    expect(path.effects.filter(({ type }) => type === 'startSource')).toMatchObject([
      { sourceId: 'source-1', feed: 0 },
      { sourceId: 'source-1.1', feed: 1 },
    ]);
    expect(path.asks('b')).toEqual({ kind: 'standby' });
    expect(nextDeadline(path.state)).toBe(SILENCE_MS);
    expect(path.asks('a')).toEqual({ kind: 'published', epoch: 2 });
  });

  test('but not for ever', () => {
    const path = new FedPath(BOTH);
    path.asks('b');
    expect(calls(path.tickAfter(SILENCE_MS - 1))).toEqual([]);
    expect(calls(path.tickAfter(1))).toEqual(['gateway-b']);
  });

  test('and not when it has failed', () => {
    const path = new FedPath(BOTH);
    path.stops('a', 'refused');
    expect(path.asks('b')).toEqual({ kind: 'published', epoch: 1 });
  });

  test('when the source fails, the backup is called at once, and readers stay', () => {
    const path = running();
    expect(calls(path.stops('a'))).toEqual(['gateway-b']);
    expect(path.asks('b')).toEqual({ kind: 'published', epoch: 3, continues: 1 });
    expect(kinds(path.isReady())).toEqual(['log', 'available']);
    expect(path.state.readers.size).toBe(1);
    expect(path.state.feeds[0]).toMatchObject({ phase: 'retrying', lastError: 'EOF' });
  });

  test('the source is back: it is called when it has proved itself', () => {
    const path = failedOver();
    path.tickAfter(SOURCE_RETRY_MS);
    expect(path.asks('a')).toEqual({ kind: 'standby' });
    expect(nextDeadline(path.state)).toBe(SOURCE_RETRY_MS + RECOVERY_MS);
    expect(calls(path.tickAfter(RECOVERY_MS - 1))).toEqual([]);
    expect(calls(path.tickAfter(1))).toEqual(['gateway-a']);
    expect(path.asks('a')).toMatchObject({ kind: 'published', continues: 3 });
    expect(path.live).toBe(path.idOf('b'));
    expect(kinds(path.isReady())).toEqual(['log', 'available']);
    expect(path.asks('b')).toEqual({ kind: 'standby' });
    expect(path.state.readers.size).toBe(1);
  });

  test('one that fails again meanwhile proves nothing', () => {
    const path = failedOver();
    path.tickAfter(SOURCE_RETRY_MS);
    path.asks('a');
    path.stops('a', 'EOF');
    path.tickAfter(SOURCE_RETRY_MS);
    path.asks('a');
    expect(nextDeadline(path.state)).toBe(2 * SOURCE_RETRY_MS + RECOVERY_MS);
  });

  test('the backup fails while the source proves itself: that one is called', () => {
    const path = failedOver();
    path.tickAfter(SOURCE_RETRY_MS);
    path.asks('a');
    expect(calls(path.stops('b'))).toEqual(['gateway-a']);
  });

  test('a call is repeated until the source publishes, and has an end', () => {
    const path = running();
    path.stops('a');
    expect(calls(path.tickAfter(CALL_REPEAT_MS))).toEqual(['gateway-b']);
    expect(path.tickAfter(CALL_DEADLINE_MS - CALL_REPEAT_MS)).toContainEqual({
      type: 'stopSource',
      sourceId: 'source-1.1',
      instance: 'gateway-b',
      reason: 'no key frame received',
    });
    expect(path.state.feeds[1]).toMatchObject({ phase: 'retrying', lastError: 'no key frame received' });
  });

  test('without any of them, readers are closed when they have waited long enough', () => {
    const path = running();
    path.stops('a');
    path.stops('b');
    expect(kinds(path.tickAfter(GRACE_MS))).toContain('unavailable');
    expect(path.state.readers.size).toBe(0);
  });

  test('other tracks: readers are closed, as they cannot go on', () => {
    const path = running();
    path.stops('a');
    expect(path.asks('b', { trackLabels: ['H265'] })).toMatchObject({ kind: 'published', epoch: 3 });
  });

  test('before the slate', () => {
    const path = new FedPath({ source: 'static', feeds: [CAMERA, CAMERA, SLATE] });
    path.asks('slate');
    path.isReady();
    path.asks('a');
    path.isReady();
    path.asks('slate');
    path.asks('b');
    expect(calls(path.stops('a'))).toEqual(['gateway-b']);
    expect(calls(path.stops('b'))).toEqual(['gateway-slate']);
  });

  test('on demand: started and stopped together', () => {
    const path = new FedPath({ ...BOTH, sourceOnDemand: true });
    expect(path.effects).toEqual([]);
    expect(kinds(path.do(read('r')))).toEqual(['logSource', 'startSource', 'logSource', 'startSource']);
    path.asks('a');
    path.isReady();
    path.asks('b');
    path.do({ type: 'leave', sessionId: 'r', reason: '' });
    expect(kinds(path.tickAfter(10_000))).toEqual(['logSource', 'stopSource', 'logSource', 'stopSource', 'unavailable']);
    expect(path.state.feeds).toMatchObject([{ phase: 'idle' }, { phase: 'idle' }]);
  });

  test('on demand: the backup goes on', () => {
    const path = new FedPath({ ...BOTH, sourceOnDemand: true });
    path.do(read('r'));
    path.asks('a');
    path.isReady();
    path.asks('b');
    expect(calls(path.stops('a'))).toEqual(['gateway-b']);
    path.asks('b');
    path.isReady();
    expect(liveEpoch(path.state)).toBe(3);
    expect(path.state.onDemand).toEqual({ phase: 'ready' });
  });
});

describe('a backup that has the place', () => {
  test('keeps it when it asks again with its key unit, though the source is tried again', () => {
    const path = new FedPath({ source: 'static', feeds: [CAMERA, CAMERA] });
    path.asks('a');
    path.isReady();
    path.stops('a');
    expect(path.asks('b')).toMatchObject({ kind: 'published', continues: 1 });
    path.tickAfter(SOURCE_RETRY_MS);
    expect(path.asks('b')).toMatchObject({ kind: 'published', continues: 1 });
    path.isReady();
    expect(path.live).toBe(path.idOf('b'));
  });

  test('on demand: what failed beside it is started again', () => {
    const path = new FedPath({ source: 'static', sourceOnDemand: true, feeds: [CAMERA, CAMERA] });
    path.do(read('r'));
    path.asks('a');
    path.isReady();
    expect(path.asks('b')).toEqual({ kind: 'standby' });
    path.stops('b');
    expect(kinds(path.tickAfter(SOURCE_RETRY_MS))).toContain('startSource');
  });
});
