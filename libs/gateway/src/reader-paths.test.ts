import { EPOCH_REMOVED, MemoryBus } from '@mediamesh/bus';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OutboundCounters } from './path-counters.ts';
import { SUPERSEDED } from './path-feed.ts';
import type { PathFeed } from './path-feed.ts';
import { ReaderPaths } from './reader-paths.ts';
import { AUDIO, Epoch, TextMaker, TextReader, VIDEO } from './stream.cases.ts';
import { CountedBus } from './testing/counted-bus.ts';
import { SETTINGS } from './testing/test-control.ts';

const ATTACH = { instantStart: false };

let bus: CountedBus;
let counters: OutboundCounters;
let log: string[];

function readerPaths(over: MemoryBus = bus): ReaderPaths<string, TextMaker> {
  return new ReaderPaths<string, TextMaker>({
    bus: over,
    counters,
    limits: { maxQueuePackets: 100, maxQueueBytes: 1_000_000 },
    makerOf: () => new TextMaker(),
    log: (level, path, message) => log.push(`${level} [${path}] ${message}`),
  });
}

function attach(feed: PathFeed<string, TextMaker>): TextReader {
  const reader = new TextReader();
  feed.hub.attach(reader, ATTACH);
  return reader;
}

/** Subscribing waits until the result is called. */
function holdBus(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  bus.gate = promise;
  return resolve;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  bus = new CountedBus();
  counters = new OutboundCounters();
  log = [];
});

afterEach(async () => {
  await bus.close();
  vi.useRealTimers();
});

describe('acquire and release', () => {
  test('one subscription serves all readers, and goes with the last', async () => {
    const paths = readerPaths();
    const stream = await Epoch.open(bus, 5);
    const first = await paths.acquire('cam', 5, SETTINGS);
    const second = await paths.acquire('cam', 5, SETTINGS);
    expect(second).toBe(first);
    expect(bus.openSubscriptions).toBe(1);
    const reader = attach(first);
    stream.write();
    expect(reader.frames).toEqual(['5:0']);
    first.release();
    stream.write();
    expect(reader.frames).toEqual(['5:0', '5:1']);
    second.release();
    expect(first.isOver).toBe(true);
    expect(bus.openSubscriptions).toBe(0);
    const third = await paths.acquire('cam', 5, SETTINGS);
    expect(third).not.toBe(first);
    third.release();
    expect(bus.openSubscriptions).toBe(0);
  });

  test('concurrent readers share what is being opened', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const open = holdBus();
    const acquiring = [1, 2, 3].map(() => paths.acquire('cam', 5, SETTINGS));
    open();
    const feeds = await Promise.all(acquiring);
    expect(new Set(feeds).size).toBe(1);
    expect(bus.openSubscriptions).toBe(1);
    feeds[0]!.release();
    feeds[1]!.release();
    expect(feeds[0]!.isOver).toBe(false);
    feeds[2]!.release();
    expect(bus.openSubscriptions).toBe(0);
  });

  test('a reader that comes while the last one leaves gets a feed that lives', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const first = await paths.acquire('cam', 5, SETTINGS);
    const coming = paths.acquire('cam', 5, SETTINGS);
    first.release();
    const feed = await coming;
    expect(feed.isOver).toBe(false);
    feed.release();
    expect(bus.openSubscriptions).toBe(0);
  });

  test('the description is known, and an earlier epoch is served by a later one', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    expect(feed.state).toMatchObject({ epoch: 5, description: { revision: 1 } });
    expect(await paths.acquire('cam', 4, SETTINGS)).toBe(feed);
  });
});

describe('failures', () => {
  test.each([
    ['an epoch that is gone', async () => {}, { code: 'NO_STREAM', message: "no stream is available on path 'cam'" }],
    ['a bus that is closed', () => bus.close(), { code: 'UNAVAILABLE', message: 'the media bus was closed' }],
  ])('%s', async (_, prepare, error) => {
    const paths = readerPaths();
    await prepare();
    const both = await Promise.allSettled([paths.acquire('cam', 5, SETTINGS), paths.acquire('cam', 5, SETTINGS)]);
    for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: error });
    expect(bus.openSubscriptions).toBe(0);
  });

  test('a path is read again after a failure', async () => {
    const paths = readerPaths();
    await expect(paths.acquire('cam', 5, SETTINGS)).rejects.toThrow('no stream');
    await Epoch.open(bus, 5);
    expect((await paths.acquire('cam', 5, SETTINGS)).epoch).toBe(5);
  });

  test.each([
    ['at once', () => new MemoryBus()],
    ['later', () => new CountedBus()],
  ])('a stream that has ended, which the bus still has and says %s', async (_, open) => {
    const own = open();
    const { publication } = await Epoch.open(own, 5);
    await publication.end('EOF');
    const paths = readerPaths(own);
    await expect(paths.acquire('cam', 5, SETTINGS)).rejects.toMatchObject({ code: 'NO_STREAM' });
    await expect(paths.acquire('cam', 5, SETTINGS)).rejects.toMatchObject({ code: 'NO_STREAM' });
    if (own instanceof CountedBus) expect(own.openSubscriptions).toBe(0);
  });

  test('a description that the maker refuses ends the feed, with a line', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5, { description: { tracks: [VIDEO], revision: 1, title: 'unreadable' } });
    await expect(paths.acquire('cam', 5, SETTINGS)).rejects.toMatchObject({ code: 'NO_STREAM' });
    expect(log).toEqual(['warn [cam] its description cannot be read: no such codec']);
    expect(bus.openSubscriptions).toBe(0);
  });

  test('a unit that the maker refuses is lost, and logged', async () => {
    const paths = readerPaths();
    const stream = await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, SETTINGS));
    for (let i = 0; i < 15; i++) stream.write();
    expect(reader.frames.at(-2)).toBe('5:12');
    expect(reader.frames.at(-1)).toBe('5:14');
    vi.advanceTimersByTime(1_000);
    expect(log).toEqual(['warn [cam] processing error: unlucky']);
  });
});

describe('a take-over', () => {
  test('that continues the stream is spliced: readers go on, one subscription is left', async () => {
    const paths = readerPaths();
    const stream = await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    const reader = attach(feed);
    stream.write();
    const successor = await Epoch.open(bus, 6, { continues: 5 });
    await paths.available('cam', 6);
    stream.write();
    successor.write();
    expect(reader.frames).toEqual(['5:0', '6:0']);
    expect(reader.ended).toBeUndefined();
    expect(feed.maker.described).toEqual([5, 6]);
    expect(bus.openSubscriptions).toBe(1);
    feed.release();
    expect(bus.openSubscriptions).toBe(0);
  });

  test('a reader of the new epoch that comes before the news splices the others, and does not end them', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    const reader = attach(feed);
    const successor = await Epoch.open(bus, 6, { continues: 5 });
    expect(await paths.acquire('cam', 6, SETTINGS)).toBe(feed);
    successor.write();
    expect(reader.frames).toEqual(['6:0']);
    await paths.available('cam', 6);
    expect(bus.openSubscriptions).toBe(1);
  });

  test.each([
    ['that does not continue it', {}],
    ['with other tracks', { continues: 5, description: { tracks: [AUDIO], revision: 1 } }],
  ])('%s ends the readers; new ones get a feed of their own', async (_, more) => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    const reader = attach(feed);
    await Epoch.open(bus, 6, more);
    const young = await paths.acquire('cam', 6, SETTINGS);
    expect(reader.ended).toBe('the stream was replaced by another publisher');
    expect(young).not.toBe(feed);
    expect(young.epoch).toBe(6);
    expect(young.maker.described).toEqual([6]);
    feed.release();
    young.release();
    expect(bus.openSubscriptions).toBe(0);
  });

  test('while the first epoch is being opened', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const open = holdBus();
    const acquiring = paths.acquire('cam', 5, SETTINGS);
    const successor = await Epoch.open(bus, 6, { continues: 5 });
    const moving = paths.available('cam', 6);
    open();
    const feed = await acquiring;
    await moving;
    const reader = attach(feed);
    successor.write();
    expect(feed.epoch).toBe(6);
    expect(reader.frames).toEqual(['6:0']);
    expect(bus.openSubscriptions).toBe(1);
  });

  test('while the first epoch is being opened, and is gone', async () => {
    const paths = readerPaths();
    const open = holdBus();
    const acquiring = paths.acquire('cam', 5, SETTINGS);
    await Epoch.open(bus, 6, { continues: 5 });
    const moving = paths.available('cam', 6);
    open();
    expect((await acquiring).epoch).toBe(6);
    await moving;
    expect(bus.openSubscriptions).toBe(1);
  });

  test('two at once leave one subscription, whichever opens first', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    const reader = attach(feed);
    await Epoch.open(bus, 6, { continues: 5 });
    const openSixth = holdBus();
    const moving = [paths.available('cam', 6)];
    bus.gate = Promise.resolve();
    const last = await Epoch.open(bus, 7, { continues: 5 });
    moving.push(paths.available('cam', 7));
    await moving[1];
    openSixth();
    await moving[0];
    last.write();
    expect(feed.epoch).toBe(7);
    expect(reader.frames).toEqual(['7:0']);
    expect(bus.openSubscriptions).toBe(1);
  });

  test('whose epoch is gone before it was read ends the readers', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, SETTINGS));
    await paths.available('cam', 6);
    expect(reader.ended).toBe("no stream is available on path 'cam'");
    expect(bus.openSubscriptions).toBe(0);
  });

  test('news of paths that nobody reads opens nothing', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    await paths.available('cam', 5);
    expect(bus.openSubscriptions).toBe(0);
  });
});

describe('the end of a stream', () => {
  test('closes the readers', async () => {
    const paths = readerPaths();
    const { publication } = await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, SETTINGS));
    await publication.end('EOF');
    expect(reader.ended).toBe('the stream has ended: EOF');
    expect(bus.openSubscriptions).toBe(0);
    expect(vi.getTimerCount()).toBe(1); // the bus's own
  });

  test.each([
    ['a publisher that was superseded', SUPERSEDED, 0, 5_000],
    ['the removal of what a dead gateway left', EPOCH_REMOVED, 0, 5_000],
    ['a grace, and the time that control has to say that it is over', 'EOF', 3_000, 8_000],
  ])('readers wait after %s', async (_, reason, publisherGraceMs, waitMs) => {
    const paths = readerPaths();
    const { publication } = await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, { ...SETTINGS, publisherGraceMs }));
    await publication.end(reason);
    vi.advanceTimersByTime(waitMs - 1);
    expect(reader.ended).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(reader.ended).toBe(`the stream has ended: ${reason}`);
    expect(bus.openSubscriptions).toBe(0);
  });

  test('the successor that readers waited for keeps them', async () => {
    const paths = readerPaths();
    const { publication } = await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, SETTINGS));
    await publication.end(SUPERSEDED);
    const successor = await Epoch.open(bus, 6, { continues: 5 });
    await paths.available('cam', 6);
    vi.advanceTimersByTime(60_000);
    successor.write();
    expect(reader.ended).toBeUndefined();
    expect(reader.frames).toEqual(['6:0']);
  });

  test("control's word ends them, whatever the bus has", async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const reader = attach(await paths.acquire('cam', 5, SETTINGS));
    paths.unavailable('cam', 4, 'of the past');
    expect(reader.ended).toBeUndefined();
    paths.unavailable('cam', 5, 'path is closing');
    expect(reader.ended).toBe('the stream has ended: path is closing');
    expect(bus.openSubscriptions).toBe(0);
  });

  test("control's word while the feed is being opened refuses who waits for it", async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const open = holdBus();
    const acquiring = paths.acquire('cam', 5, SETTINGS);
    paths.unavailable('cam', 5, 'path is closing');
    open();
    await expect(acquiring).rejects.toMatchObject({ code: 'NO_STREAM' });
    expect(bus.openSubscriptions).toBe(0);
  });

  test('closeAll ends every path', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    await Epoch.open(bus, 5, { path: 'other' });
    const readers = [attach(await paths.acquire('cam', 5, SETTINGS)), attach(await paths.acquire('other', 5, SETTINGS))];
    paths.closeAll('terminated');
    expect(readers.map(({ ended }) => ended)).toEqual(['terminated', 'terminated']);
    expect(bus.openSubscriptions).toBe(0);
  });
});

describe('figures', () => {
  const valueOf = (name: string): number | undefined =>
    counters.figures.families('rtsp').find((family) => family.name === name)?.samples[0]?.value;

  test('what waits in the bus is that of the feed which is furthest behind, while it is open', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const feed = await paths.acquire('cam', 5, SETTINGS);
    const other = { waitingMessages: 7 };
    counters.figures.follow(other);
    expect([valueOf('mediamesh_paths_read'), valueOf('mediamesh_bus_consumer_lag_messages')]).toEqual([2, 7]);
    counters.figures.forget(other);
    expect([valueOf('mediamesh_paths_read'), valueOf('mediamesh_bus_consumer_lag_messages')]).toEqual([1, 0]);
    feed.release();
    expect(valueOf('mediamesh_paths_read')).toBe(0);
  });

  test('the first frame of a reader', async () => {
    const paths = readerPaths();
    const stream = await Epoch.open(bus, 5);
    attach(await paths.acquire('cam', 5, SETTINGS));
    stream.write();
    const family = counters.figures.families('rtsp').find(({ name }) => name === 'mediamesh_reader_first_frame_seconds');
    expect(family?.samples.at(-1)).toEqual({ suffix: '_count', labels: { service: 'rtsp' }, value: 1 });
  });
});

describe('outbound bytes', () => {
  test('outlive readers, and begin anew with another stream', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const first = await paths.acquire('cam', 5, SETTINGS);
    first.outbound.bytes += 100;
    first.release();
    const second = await paths.acquire('cam', 5, SETTINGS);
    second.outbound.bytes += 20;
    second.release();
    expect(counters.get('cam')).toMatchObject({ bytes: 120, epoch: 5 });
    await Epoch.open(bus, 6);
    expect((await paths.acquire('cam', 6, SETTINGS)).outbound.bytes).toBe(0);
  });

  test('go on over a spliced take-over, whether it is read or not', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    const first = await paths.acquire('cam', 5, SETTINGS);
    first.outbound.bytes += 100;
    await Epoch.open(bus, 6, { continues: 5 });
    await paths.available('cam', 6);
    expect(first.outbound.bytes).toBe(100);
    first.release();
    await Epoch.open(bus, 8, { continues: 7 });
    expect((await paths.acquire('cam', 8, SETTINGS)).outbound).toMatchObject({ bytes: 100, epoch: 8 });
  });

  test('are forgotten with the stream', async () => {
    const paths = readerPaths();
    await Epoch.open(bus, 5);
    await paths.acquire('cam', 5, SETTINGS);
    paths.unavailable('cam', 4, 'of the past');
    expect([...counters.paths()]).toEqual(['cam']);
    paths.unavailable('cam', 5, 'EOF');
    expect([...counters.paths()]).toEqual([]);
  });
});
