import { describe, expect, test } from 'vitest';
import type { PathEvent } from './path-event.ts';
import { SOURCE_MOVE_MS, SOURCE_RETRY_MS } from './path-machine.ts';
import { Path, ask, kinds, publisher, read, reader, replies } from './path-rig.cases.ts';
import { isIdle, liveEpoch, nextDeadline } from './path-state.ts';
import type { PathPolicy } from './path-state.ts';

const NO_STREAM = { kind: 'error', code: 'NO_STREAM', message: "no stream is available on path 'cam'" };
describe('publisher and readers', () => {
  test('a path without stream answers at once', () => {
    const path = new Path();
    expect(replies(path.do(ask('a')))).toEqual([['a', NO_STREAM]]);
    expect(replies(path.do(read('r')))).toEqual([['ask-r', NO_STREAM]]);
    expect(isIdle(path.state)).toBe(true);
  });

  test('a stream is there when it is ready, not when it is reserved', () => {
    const path = new Path();
    path.do({ type: 'publish', requestId: 'p', publisher: publisher(1) });
    expect(replies(path.effects)).toEqual([['p', { kind: 'published', epoch: 1 }]]);
    expect(replies(path.do(ask('a')))).toEqual([['a', NO_STREAM]]);
    expect(kinds(path.do({ type: 'ready', epoch: 1, tracks: [] }))).toEqual(['available']);
    expect(replies(path.do(read('r')))).toEqual([['ask-r', { kind: 'stream', epoch: 1 }]]);
  });

  test('when the publisher leaves, its readers are closed', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    expect(path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'torn down' })).toEqual([
      { type: 'unavailable', epoch: 1, reason: 'torn down' },
    ]);
    expect(path.state.readers.size).toBe(0);
    expect(isIdle(path.state)).toBe(true);
  });

  test('leaving twice, and leaving of strangers, does nothing', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'leave', sessionId: 'r', reason: '' });
    expect(path.do({ type: 'leave', sessionId: 'r', reason: '' })).toEqual([]);
    expect(path.do({ type: 'leave', sessionId: 'nobody', reason: '' })).toEqual([]);
    expect(liveEpoch(path.state)).toBe(1);
  });

  test('maxReaders holds, and asking again does not count twice', () => {
    const path = new Path({ maxReaders: 1 });
    path.publish(1);
    expect(replies(path.do(read('r')))).toEqual([['ask-r', { kind: 'stream', epoch: 1 }]]);
    expect(replies(path.do(read('r')))).toEqual([['ask-r', { kind: 'stream', epoch: 1 }]]);
    expect(replies(path.do(read('s')))).toEqual([
      ['ask-s', { kind: 'error', code: 'MAX_READERS', message: 'maximum reader count reached' }],
    ]);
  });
});

describe('two publishers', () => {
  test('overridePublisher off refuses the second', () => {
    const path = new Path({ overridePublisher: false });
    path.publish(1);
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2) });
    expect(replies(path.effects)).toEqual([
      ['p2', { kind: 'error', code: 'ALREADY_PUBLISHING', message: "someone is already publishing to path 'cam'" }],
    ]);
  });

  test('with the same tracks the second continues the first, which streams until then', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2) });
    expect(replies(path.effects)).toEqual([['p2', { kind: 'published', epoch: 2, continues: 1 }]]);
    expect(liveEpoch(path.state)).toBe(1);
    expect(kinds(path.do({ type: 'ready', epoch: 2, tracks: [] }))).toEqual(['kickPublisher', 'available']);
    expect(liveEpoch(path.state)).toBe(2);
    expect(path.state.readers.size).toBe(1);
    expect(path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'kicked' })).toEqual([]);
  });

  test('with other tracks the readers of the first are closed', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2, { trackLabels: ['H265'] }) });
    expect(kinds(path.effects)).toEqual(['log', 'kickPublisher', 'unavailable', 'reply']);
    expect(path.effects[1]).toMatchObject({ reason: 'closed by another publisher' });
    expect(path.state.readers.size).toBe(0);
  });

  test('the first leaves before the second is ready: readers wait for it', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2) });
    expect(path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'gone' })).toEqual([]);
    path.do(read('s'));
    expect(path.effects).toEqual([]);
    path.do({ type: 'ready', epoch: 2, tracks: [] });
    expect(replies(path.effects)).toEqual([['ask-s', { kind: 'stream', epoch: 2 }]]);
    expect([...path.state.readers.keys()]).toEqual(['r', 's']);
  });

  test('the first leaves before the second asks again with its key unit: that continues it all the same', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2, { sessionId: 'second' }) });
    path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'gone' });
    path.do({ type: 'publish', requestId: 'p3', publisher: publisher(3, { sessionId: 'second' }) });
    expect(replies(path.effects)).toEqual([['p3', { kind: 'published', epoch: 3, continues: 1 }]]);
    path.do({ type: 'ready', epoch: 3, tracks: [] });
    expect([...path.state.readers.keys()]).toEqual(['r']);
  });

  test('whose gateway is gone within a grace: what it left is kept for whoever continues it', () => {
    const path = new Path({ publisherGraceMs: 3_000 });
    path.publish(1);
    path.do(read('r', 'gateway-2'));
    expect(path.do({ type: 'instanceLost', instance: 'gateway-1' })).toEqual([]);
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2, { instance: 'gateway-2' }) });
    expect(replies(path.effects)).toEqual([['p2', { kind: 'published', epoch: 2, continues: 1 }]]);
    expect(kinds(path.do({ type: 'ready', epoch: 2, tracks: [] }))).toEqual(['available', 'removeEpoch']);
  });

  test('a question on hold ends when who asked has left', () => {
    const path = new Path({ commandOnDemand: true });
    path.do(read('r'));
    expect(replies(path.do({ type: 'leave', sessionId: 'r', reason: 'gone' }))).toMatchObject([['ask-r', { code: 'TERMINATED' }]]);
  });

  test('ready of a publisher that has lost the path changes nothing', () => {
    const path = new Path();
    path.do({ type: 'publish', requestId: 'p1', publisher: publisher(1) });
    path.publish(2);
    expect(path.do({ type: 'ready', epoch: 1, tracks: [] })).toEqual([]);
    expect(liveEpoch(path.state)).toBe(2);
  });
});

describe('publisherGrace', () => {
  test('readers stay, and the returning publisher continues', () => {
    const path = new Path({ publisherGraceMs: 3_000 });
    path.publish(1);
    path.do(read('r'));
    expect(path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'gone' })).toEqual([]);
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2) }, 2_999);
    expect(replies(path.effects)).toEqual([['p2', { kind: 'published', epoch: 2, continues: 1 }]]);
    path.do({ type: 'ready', epoch: 2, tracks: [] });
    expect(path.state.readers.size).toBe(1);
    expect(nextDeadline(path.state)).toBeUndefined();
  });

  test('after it the readers are closed', () => {
    const path = new Path({ publisherGraceMs: 3_000 });
    path.publish(1);
    path.do(read('r'));
    path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'gone' });
    expect(nextDeadline(path.state)).toBe(3_000);
    expect(path.do({ type: 'tick' }, 3_000)).toEqual([{ type: 'unavailable', epoch: 1, reason: 'the publisher has not returned' }]);
    expect(isIdle(path.state)).toBe(true);
  });
});

describe('readers that wait for a publisher', () => {
  const GRACE = { publisherGraceMs: 3_000 };
  const gone: PathEvent = { type: 'leave', sessionId: 'publisher-1', reason: 'gone' };
  const reserve = (epoch: number): PathEvent => ({ type: 'publish', requestId: `p${epoch}`, publisher: publisher(epoch) });

  test('keep the grace when one reserves the path and fails', () => {
    const path = new Path(GRACE);
    path.publish(1);
    path.do(read('r'));
    path.do(gone);
    path.do(reserve(2), 1_000);
    expect(path.do({ type: 'leave', sessionId: 'publisher-2', reason: 'failed' }, 1_000)).toEqual([]);
    expect(nextDeadline(path.state)).toBe(3_000);
    expect(path.do({ type: 'tick' }, 1_000)).toEqual([{ type: 'unavailable', epoch: 1, reason: 'the publisher has not returned' }]);
  });

  test('are not closed by the end of the grace while one has the path reserved', () => {
    const path = new Path(GRACE);
    path.publish(1);
    path.do(read('r'));
    path.do(gone);
    path.do(reserve(2), 2_999);
    expect(nextDeadline(path.state)).toBeUndefined();
    expect(path.do({ type: 'tick' }, 5_000)).toEqual([]);
    expect(kinds(path.do({ type: 'ready', epoch: 2, tracks: [] }))).toEqual(['available']);
    expect([...path.state.readers.keys()]).toEqual(['r']);
  });

  test('are closed with the path', () => {
    const path = new Path(GRACE);
    path.publish(1);
    path.do(read('r'));
    path.do(gone);
    expect(path.do({ type: 'close', reason: 'path is closing' })).toEqual([{ type: 'unavailable', epoch: 1, reason: 'path is closing' }]);
  });

  test('are closed when the successor that they waited for is gone too, and requests are answered', () => {
    const path = new Path();
    path.publish(1);
    path.do(read('r'));
    path.do(reserve(2));
    path.do(gone);
    path.do(read('s'));
    expect(path.do({ type: 'leave', sessionId: 'publisher-2', reason: 'failed' })).toEqual([
      { type: 'unavailable', epoch: 1, reason: 'failed' },
      { type: 'reply', requestId: 'ask-s', reply: NO_STREAM },
    ]);
    expect(isIdle(path.state)).toBe(true);
  });

  test('a session that is both publisher and successor leaves as both', () => {
    const path = new Path();
    path.publish(1, { sessionId: 'same' });
    path.do({ type: 'publish', requestId: 'p2', publisher: publisher(2, { sessionId: 'same' }) });
    path.do({ type: 'leave', sessionId: 'same', reason: 'gone' });
    expect(isIdle(path.state)).toBe(true);
  });
});

describe('redirect and fallback', () => {
  test('a redirect answers DESCRIBE only', () => {
    const path = new Path({ source: 'redirect', redirectTo: 'rtsp://other/x' });
    expect(replies(path.do(ask('a')))).toEqual([['a', { kind: 'redirect', location: 'rtsp://other/x' }]]);
    expect(replies(path.do(read('r')))).toEqual([['ask-r', NO_STREAM]]);
  });

  test('a fallback answers DESCRIBE while there is no stream', () => {
    const path = new Path({ fallback: '/slate' });
    expect(replies(path.do(ask('a')))).toEqual([['a', { kind: 'redirect', location: '/slate' }]]);
    path.publish(1);
    expect(replies(path.do(ask('b')))).toEqual([['b', { kind: 'stream', epoch: 1 }]]);
  });
});

describe('a command on demand', () => {
  const DEMAND: Partial<PathPolicy> = { commandOnDemand: true };
  const TIMED_OUT = { kind: 'error', code: 'SOURCE_TIMED_OUT', message: "source of path 'cam' has timed out" };

  test('runs from the first request until some time after the last reader', () => {
    const path = new Path(DEMAND);
    expect(path.do(ask('a', 'token=1'))).toEqual([]);
    expect(path.state).toMatchObject({ onDemand: { phase: 'waitingReady' }, query: 'token=1' });
    path.do(read('r'), 1_000);
    expect(path.state).toMatchObject({ query: 'token=1' });
    path.do({ type: 'publish', requestId: 'p', publisher: publisher(1) });
    expect(replies(path.do({ type: 'ready', epoch: 1, tracks: [] }))).toHaveLength(2);
    expect(path.state.onDemand).toEqual({ phase: 'ready' });
    path.do({ type: 'leave', sessionId: 'r', reason: '' });
    expect(nextDeadline(path.state)).toBe(11_000);
    path.do({ type: 'tick' }, 10_000);
    expect(path.state.onDemand).toEqual({ phase: 'off', why: 'not needed by anyone' });
    expect(liveEpoch(path.state)).toBe(1); // its process is to end it
  });

  test('that brings no stream is given up', () => {
    const path = new Path(DEMAND);
    path.do(ask('a'));
    path.do(read('r'), 9_000);
    expect(replies(path.do({ type: 'tick' }, 1_000))).toEqual([
      ['a', TIMED_OUT],
      ['ask-r', TIMED_OUT],
    ]);
    expect(path.state.onDemand).toEqual({ phase: 'off', why: 'timed out' });
    expect(isIdle(path.state)).toBe(true);
  });

  test('whose publisher has left has its start timeout for another', () => {
    const path = new Path(DEMAND);
    path.do(read('r'));
    path.publish(1);
    path.do({ type: 'leave', sessionId: 'publisher-1', reason: 'EOF' });
    expect(path.state.onDemand).toEqual({ phase: 'closing', deadlineMs: 10_000 });
    expect(isIdle(path.state)).toBe(false);
    expect(path.do(read('s'), 2_000)).toEqual([]);
    expect(path.state.onDemand).toEqual({ phase: 'waitingReady', deadlineMs: 12_000 });
    path.do({ type: 'publish', requestId: 'p', publisher: publisher(2) });
    expect(replies(path.do({ type: 'ready', epoch: 2, tracks: [] }))).toEqual([['ask-s', { kind: 'stream', epoch: 2 }]]);
  });

  test('does not run for a publisher that comes by itself', () => {
    const path = new Path(DEMAND);
    path.publish(1);
    path.do(read('r'));
    expect(path.state.onDemand).toEqual({ phase: 'off' });
  });

  test('that another leader started goes on', () => {
    const path = new Path(DEMAND);
    path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
    path.do({ type: 'restoreDemand', query: 'q' });
    expect(path.state).toMatchObject({ onDemand: { phase: 'ready' }, query: 'q' });
  });
});

describe('a static source', () => {
  const taken = (path: Path, id: string, instance = 'gateway-1'): void => void path.do({ type: 'sourceTaken', sourceId: id, instance });

  test('starts at once, publishes, and is started again 5 s after it failed', () => {
    const path = new Path({ source: 'static', permanent: true });
    expect(path.effects).toEqual([
      { type: 'logSource', feed: 0, message: 'started' },
      { type: 'startSource', sourceId: 'source-1', feed: 0, query: '' },
    ]);
    taken(path, 'source-1');
    path.publish(1, { sessionId: 'source-1' });
    expect(liveEpoch(path.state)).toBe(1);
    expect(kinds(path.do({ type: 'sourceStopped', sourceId: 'source-1', error: 'EOF' }))).toEqual(['unavailable']);
    expect(nextDeadline(path.state)).toBe(SOURCE_RETRY_MS);
    expect(kinds(path.do({ type: 'tick' }, SOURCE_RETRY_MS))).toEqual(['startSource']);
  });

  test('that waits for its next try is stopped with the path', () => {
    const path = new Path({ source: 'static', permanent: true });
    path.do({ type: 'sourceStopped', sourceId: 'source-1', error: 'refused' });
    expect(path.do({ type: 'close', reason: 'path is closing' })).toEqual([
      { type: 'logSource', feed: 0, message: 'stopped: path is closing' },
    ]);
  });

  test('clients cannot publish to it', () => {
    const path = new Path({ source: 'static' });
    path.do({ type: 'publish', requestId: 'p', publisher: publisher(1) });
    expect(replies(path.effects)).toEqual([
      ['p', { kind: 'error', code: 'SOURCE_NOT_PUBLISHER', message: "can't publish to path 'cam' since 'source' is not 'publisher'" }],
    ]);
  });

  test('runs elsewhere at once when its gateway is gone', () => {
    const path = new Path({ source: 'static' });
    taken(path, 'source-1');
    path.publish(1, { sessionId: 'source-1' });
    path.do(read('r', 'gateway-2'));
    expect(kinds(path.do({ type: 'instanceLost', instance: 'gateway-1' }))).toEqual(['startSource']);
    expect(path.state.readers.size).toBe(1);
  });

  describe('whose gateway is gone', () => {
    /** Its stream is read at this gateway, and its own one is lost. */
    function lost(policy: Partial<PathPolicy> = {}, readerAt = 'gateway-2'): Path {
      const path = new Path({ source: 'static', ...policy });
      if (policy.sourceOnDemand === true) path.do(read('r', readerAt));
      taken(path, idOf(path));
      path.publish(1, { sessionId: idOf(path) });
      if (policy.sourceOnDemand !== true) path.do(read('r', readerAt));
      path.do({ type: 'instanceLost', instance: 'gateway-1' });
      return path;
    }
    const idOf = ({ state: { feeds } }: Path): string => (feeds[0] !== undefined && 'sourceId' in feeds[0] ? feeds[0].sourceId : '');

    test.each([{}, { sourceOnDemand: true }])('%j: its next run continues the stream, and what was left is removed then', (policy) => {
      const path = lost(policy);
      taken(path, idOf(path), 'gateway-2');
      path.do({ type: 'publish', requestId: 'p', publisher: publisher(2, { sessionId: idOf(path), instance: 'gateway-2' }) });
      expect(replies(path.effects)).toEqual([['p', { kind: 'published', epoch: 2, continues: 1 }]]);
      expect(kinds(path.do({ type: 'ready', epoch: 2, tracks: [] }))).toEqual(['available', 'removeEpoch']);
      expect(path.state.readers.size).toBe(1);
      expect(path.state.orphanEpoch).toBeUndefined();
      expect(path.state.graceUntilMs).toBeUndefined();
    });

    test('readers wait so long and no longer', () => {
      const path = lost();
      expect(path.state.graceUntilMs).toBe(SOURCE_MOVE_MS);
      expect(path.do(ask('a'))).toEqual([]);
      const effects = path.do({ type: 'tick' }, SOURCE_MOVE_MS);
      expect(kinds(effects)).toEqual(['removeEpoch', 'unavailable', 'reply']);
      expect(path.state.readers.size).toBe(0);
    });

    test('on demand, and with its readers: it is over', () => {
      const path = lost({ sourceOnDemand: true }, 'gateway-1');
      expect(path.state).toMatchObject({ feeds: [{ phase: 'idle' }] });
      expect(kinds(path.effects)).toContain('removeEpoch');
    });

    test('that was only slow: what it publishes is what there is', () => {
      const path = lost();
      const back = { ...publisher(1, { sessionId: 'source-1' }), readySinceMs: 0 };
      path.do({ type: 'restorePublisher', publisher: back, standby: false });
      expect(kinds(path.do({ type: 'sourceTaken', sourceId: 'source-9', instance: 'gateway-2' }))).toEqual(['stopSource']);
      expect(path.state.orphanEpoch).toBeUndefined();
      expect(liveEpoch(path.state)).toBe(1);
    });
  });

  describe('on demand', () => {
    const ON_DEMAND = { source: 'static', sourceOnDemand: true } as const;

    test('starts once for many requests, with the query of the first, and answers them all', () => {
      const path = new Path(ON_DEMAND);
      expect(path.effects).toEqual([]);
      expect(path.do(ask('a', 'x=1'))).toEqual([
        { type: 'logSource', feed: 0, message: 'started on demand' },
        { type: 'startSource', sourceId: 'source-2', feed: 0, query: 'x=1' },
      ]);
      expect(path.do(read('r'))).toEqual([]);
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      expect(replies(path.effects)).toEqual([
        ['a', { kind: 'stream', epoch: 1 }],
        ['ask-r', { kind: 'stream', epoch: 1 }],
      ]);
      expect(path.state.onDemand).toEqual({ phase: 'ready' });
    });

    test('times out', () => {
      const path = new Path(ON_DEMAND);
      path.do(ask('a'));
      taken(path, 'source-2');
      path.do({ type: 'tick' }, 10_000);
      expect(path.effects).toEqual([
        { type: 'logSource', feed: 0, message: 'stopped: timed out' },
        { type: 'stopSource', sourceId: 'source-2', instance: 'gateway-1', reason: 'timed out' },
        {
          type: 'reply',
          requestId: 'a',
          reply: { kind: 'error', code: 'SOURCE_TIMED_OUT', message: "source of path 'cam' has timed out" },
        },
      ]);
      expect(isIdle(path.state)).toBe(true);
    });

    test('stops when nobody has read for a while; a reader in between keeps it', () => {
      const path = new Path(ON_DEMAND);
      path.do(ask('a'));
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      expect(nextDeadline(path.state)).toBe(10_000);
      path.do(read('r'), 9_999);
      expect(nextDeadline(path.state)).toBeUndefined();
      path.do({ type: 'leave', sessionId: 'r', reason: '' }, 60_000);
      expect(path.do({ type: 'tick' }, 9_999)).toEqual([]);
      expect(kinds(path.do({ type: 'tick' }, 1))).toEqual(['logSource', 'stopSource', 'unavailable']);
      expect(isIdle(path.state)).toBe(true);
    });

    test('is tried again while requests wait', () => {
      const path = new Path(ON_DEMAND);
      path.do(ask('a'));
      taken(path, 'source-2');
      path.do({ type: 'sourceStopped', sourceId: 'source-2', error: 'refused' });
      expect(nextDeadline(path.state)).toBe(SOURCE_RETRY_MS);
      expect(kinds(path.do({ type: 'tick' }, SOURCE_RETRY_MS))).toEqual(['startSource']);
    });

    test('an error after it was ready ends it until the next request', () => {
      const path = new Path(ON_DEMAND);
      path.do(ask('a'));
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      path.do(read('r'));
      expect(path.do({ type: 'sourceStopped', sourceId: 'source-2', error: 'EOF' })).toEqual([
        { type: 'unavailable', epoch: 1, reason: 'EOF' },
        { type: 'logSource', feed: 0, message: 'stopped: an error occurred' },
      ]);
      expect(isIdle(path.state)).toBe(true);
      expect(kinds(path.do(ask('b')))).toEqual(['logSource', 'startSource']);
    });

    test('a reader that hangs up while it waits is not registered, so that the source stops', () => {
      const path = new Path(ON_DEMAND);
      path.do(read('r'));
      path.do({ type: 'leave', sessionId: 'r', reason: 'EOF' });
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      expect(replies(path.effects)).toEqual([]);
      expect(path.state.onDemand.phase).toBe('closing');
    });

    test('a reader that asks again is answered once', () => {
      const path = new Path(ON_DEMAND);
      path.do(read('r'));
      path.do(read('r'));
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      expect(replies(path.effects)).toEqual([['ask-r', { kind: 'stream', epoch: 1 }]]);
    });

    test('a reader whose gateway is gone while it waits is not registered', () => {
      const path = new Path(ON_DEMAND);
      path.do(read('r', 'gateway-2'));
      path.do({ type: 'instanceLost', instance: 'gateway-2' });
      taken(path, 'source-2');
      path.publish(1, { sessionId: 'source-2' });
      expect(path.state.readers.size).toBe(0);
    });

    test('taken after it was given up: stopped', () => {
      const path = new Path(ON_DEMAND);
      path.do(ask('a'));
      path.do({ type: 'tick' }, 10_000);
      taken(path, 'source-2');
      expect(path.effects).toEqual([{ type: 'stopSource', sourceId: 'source-2', instance: 'gateway-1', reason: 'not needed by anyone' }]);
    });
  });
});

describe('a new leader', () => {
  test('stops a source on demand that it is told of without readers', () => {
    const path = new Path({ source: 'static', sourceOnDemand: true });
    path.do({ type: 'restorePublisher', publisher: publisher(5, { sessionId: 'source', readySinceMs: 0 }), standby: false });
    expect(nextDeadline(path.state)).toBe(10_000);
    path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
    expect(nextDeadline(path.state)).toBeUndefined();
  });

  test('restores publisher and readers; the highest epoch holds the path', () => {
    const path = new Path();
    path.do({ type: 'restorePublisher', publisher: publisher(5, { readySinceMs: 0 }), standby: false });
    path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
    expect(liveEpoch(path.state)).toBe(5);
    expect(kinds(path.do({ type: 'restorePublisher', publisher: publisher(4, { readySinceMs: 0 }), standby: false }))).toEqual([
      'kickPublisher',
    ]);
    expect(liveEpoch(path.state)).toBe(5);
    expect(path.state.readers.size).toBe(1);
  });

  test('after a change of the leader, readers whose publisher nobody tells of are closed', () => {
    const path = new Path();
    path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
    expect(path.do({ type: 'rebuilt', epoch: 9 })).toEqual([{ type: 'unavailable', epoch: 9, reason: 'its publisher is gone' }]);
    expect(path.state.readers.size).toBe(0);
    expect(path.do({ type: 'rebuilt', epoch: 9 })).toEqual([]);
  });

  test.each([
    ['a static source', { source: 'static' as const, permanent: true }, SOURCE_MOVE_MS],
    ['a source on demand', { source: 'static' as const, sourceOnDemand: true }, SOURCE_MOVE_MS],
    ['a publisher that may return', { publisherGraceMs: 3_000 }, 3_000],
  ])('after a change of the leader, readers wait for %s that nobody tells of, and go on with it', (_, policy, waitMs) => {
    const restored = (): Path => {
      const path = new Path(policy);
      path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
      path.do({ type: 'rebuilt', epoch: 9 });
      expect(kinds(path.effects)).not.toContain('unavailable');
      expect(nextDeadline(path.state)).toBe(waitMs);
      return path;
    };
    const path = restored();
    const [feed] = path.state.feeds;
    const sessionId = feed?.phase === 'starting' ? feed.sourceId : 'p';
    path.do({ type: 'publish', requestId: 'p', publisher: publisher(10, { sessionId }) });
    expect(replies(path.effects)).toEqual([['p', { kind: 'published', epoch: 10, continues: 4 }]]);
    const removed = path.do({ type: 'ready', epoch: 10, tracks: [] }).filter((effect) => effect.type === 'removeEpoch');
    expect(removed).toEqual(feed === undefined ? [] : [{ type: 'removeEpoch', epoch: 4 }]);
    expect(path.state.readers.size).toBe(1);

    const late = restored();
    expect(late.do({ type: 'tick' }, waitMs)).toContainEqual(expect.objectContaining({ type: 'unavailable', epoch: 4 }));
    expect(late.state.readers.size).toBe(0);
  });

  test('lets a publisher that is about to be ready continue what readers wait for, whoever tells first', () => {
    for (const isFirst of [true, false]) {
      const path = new Path({ publisherGraceMs: 3_000 });
      const told = [
        { type: 'restoreReader', reader: reader('r'), epoch: 4 } as const,
        { type: 'restorePublisher', publisher: publisher(5), standby: false } as const,
      ];
      for (const event of isFirst ? told : told.toReversed()) path.do(event);
      path.do({ type: 'ready', epoch: 5, tracks: [] });
      expect(path.state.publisher).toMatchObject({ epoch: 5, continues: 4 });
      expect(path.state.graceUntilMs).toBeUndefined();
    }
  });

  test.each([
    ['that is there', { readySinceMs: 0 }],
    ['that is about to be ready', {}],
  ])('after a change of the leader, readers of a publisher %s stay', (_, more) => {
    const path = new Path();
    path.do({ type: 'restoreReader', reader: reader('r'), epoch: 4 });
    path.do({ type: 'restorePublisher', publisher: publisher(5, more), standby: false });
    expect(path.do({ type: 'rebuilt', epoch: 9 })).toEqual([]);
    expect(path.state.readers.size).toBe(1);
  });
});

test('close answers what is on hold, and ends everyone', () => {
  const path = new Path({ source: 'static', sourceOnDemand: true });
  path.do(ask('a'));
  path.do({ type: 'close', reason: 'path is closing' });
  expect(path.effects).toEqual([
    { type: 'reply', requestId: 'a', reply: { kind: 'error', code: 'TERMINATED', message: 'terminated' } },
    { type: 'logSource', feed: 0, message: 'stopped: path is closing' },
  ]);
});
