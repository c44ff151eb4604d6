import { afterEach, describe, expect, test } from 'vitest';
import { EPOCH_REMOVED } from '../port.ts';
import type { BusWindow, Publication } from '../port.ts';
import { NatsServer } from '../testing/nats-server.ts';
import { RecordedSink } from '../testing/recorded-sink.ts';
import { SyntheticEpoch } from '../testing/synthetic-epoch.ts';
import { waitFor } from '../testing/wait-for.ts';
import { BusConnection } from './bus-connection.ts';
import { EpochNames } from './epoch-names.ts';
import { EpochStreams } from './epoch-streams.ts';
import { JetStreamBus } from './jetstream-bus.ts';
import type { JetStreamBusOptions } from './jetstream-bus.ts';

const WINDOW: BusWindow = { durationMs: 800, sizeBytes: 2 ** 20 };

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(maxMemory?: string): Promise<NatsServer> {
  const server = await NatsServer.start(maxMemory === undefined ? {} : { maxMemory });
  cleanups.push(() => server.remove());
  return server;
}

async function connectBus(server: NatsServer, options: Partial<JetStreamBusOptions> = {}): Promise<JetStreamBus> {
  const bus = await JetStreamBus.connect({ servers: [server.url], ...options });
  cleanups.push(() => bus.close());
  return bus;
}

async function streamsOf(server: NatsServer, source: SyntheticEpoch): Promise<EpochStreams> {
  const connection = await BusConnection.open({ servers: [server.url] });
  cleanups.push(() => connection.close());
  return new EpochStreams(connection, new EpochNames('media', source.path, source.epoch));
}

/** A publisher and a reader of one path, on connections of their own. */
interface Bench {
  readonly source: SyntheticEpoch;
  readonly publication: Publication;
  readonly publisher: JetStreamBus;
  readonly reader: JetStreamBus;
  readonly sink: RecordedSink;
  /** `true why`, `false why`, as onDropping told. */
  readonly drops: readonly string[];
}

async function bench(server: NatsServer, options: Partial<JetStreamBusOptions> = {}): Promise<Bench> {
  const [publisher, reader] = [await connectBus(server, options), await connectBus(server, options)];
  const source = new SyntheticEpoch('yard/cam', 1_000_000);
  const drops: string[] = [];
  const publication = await publisher.publish(source.state, WINDOW, { onDropping: (dropping, why) => drops.push(`${dropping} ${why}`) });
  const sink = new RecordedSink();
  await reader.subscribe(source.path, source.epoch, { at: 'live' }, sink);
  return { source, publication, publisher, reader, sink, drops };
}

/** Writes one run after another until something has happened. */
async function writeUntil(what: string, { source, publication }: Bench, condition: () => boolean): Promise<void> {
  let count = 0;
  await waitFor(
    what,
    () => {
      publication.write(count % 5 === 0 ? source.key() : source.delta());
      count += 1;
      return condition();
    },
    15_000,
  );
}

/** Each number once, rising; every missing one counted; after each gap a key unit. */
function expectContinuous({ sink }: Bench): void {
  const numbers = sink.numbers;
  let missing = 0;
  for (let i = 1; i < numbers.length; i += 1) missing += (numbers[i] ?? 0) - (numbers[i - 1] ?? 0) - 1;
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(sink.lost).toBe(missing);
  for (const [i, event] of sink.events.entries()) {
    if (!event.startsWith('gap')) continue;
    const next = sink.units.find((unit) => `unit ${unit.number}` === sink.events[i + 1]);
    expect(next?.key).toBe(true);
  }
}

describe('JetStreamBus when things break', () => {
  test('a stream that is deleted behind its back is followed by the next generation', async () => {
    const server = await startServer();
    const b = await bench(server);
    const streams = await streamsOf(server, b.source);
    await writeUntil('media', b, () => b.sink.last >= 3);
    await streams.delete(0);
    const before = b.sink.last;
    await writeUntil('media of the next generation', b, () => b.sink.last > before + 10);
    expect(await streams.generations()).toEqual([1]);
    expect(b.publication.unitsDropped).toBeGreaterThan(0);
    await waitFor('news of both changes', () => b.drops.length === 2);
    expect(b.drops[0]).toMatch(/^true the stream is gone/);
    expect(b.drops[1]).toMatch(/^false /);
    expectContinuous(b);
    const late = new RecordedSink();
    await b.reader.subscribe(b.source.path, b.source.epoch, { at: 'lastKey' }, late);
    await waitFor('a late reader', () => late.units.length > 0);
    expect(late.units[0]?.key).toBe(true);
    await b.publication.end('bye');
    await waitFor('the end', () => b.sink.ended === 'bye' && late.ended === 'bye');
  });

  test('a silent publisher finds out about a lost stream as well', async () => {
    const server = await startServer();
    const b = await bench(server, { maxAgeMs: 1600 });
    const streams = await streamsOf(server, b.source);
    b.publication.write(b.source.key());
    await waitFor('the unit', () => b.sink.last === 0);
    await streams.delete(0);
    await waitFor('the next generation', () => b.drops.length > 0);
    await writeUntil('media', b, () => b.sink.last > 0);
    expect(b.sink.events.filter((event) => event.startsWith('end'))).toEqual([]);
  });

  test('deltas alone find out about a lost stream', async () => {
    const server = await startServer();
    const b = await bench(server);
    const streams = await streamsOf(server, b.source);
    b.publication.write(b.source.key());
    await waitFor('the unit', () => b.sink.last === 0);
    await streams.delete(0);
    await waitFor('the loss to show', () => {
      b.publication.write(b.source.delta());
      return b.drops.length > 0;
    });
    b.publication.write(b.source.delta());
    expect(b.publication.unitsDropped).toBeGreaterThan(0);
    await writeUntil('media', b, () => b.sink.last > 0);
    expectContinuous(b);
  });

  test('a broker that restarts with nothing left: media is dropped and counted, then goes on', async () => {
    const server = await startServer();
    const b = await bench(server);
    await writeUntil('media', b, () => b.sink.last >= 3);
    await server.kill();
    await waitFor('both to notice', () => !b.publisher.connected && !b.reader.connected);
    const before = b.publication.unitsDropped;
    for (let i = 0; i < 20; i += 1) b.publication.write(i % 5 === 0 ? b.source.key() : b.source.delta());
    expect(b.publication.unitsDropped).toBe(before + 20);
    expect(b.drops.at(-1)).toBe('true the broker is not connected');
    await expect(b.reader.subscribe(b.source.path, b.source.epoch, { at: 'live' }, b.sink)).rejects.toMatchObject({
      code: 'BUS_UNAVAILABLE',
    });
    await server.start();
    const last = b.sink.last;
    await writeUntil('media after the restart', b, () => b.sink.last > last + 10);
    expect(b.publisher.connected).toBe(true);
    await waitFor('all clear', () => b.drops.at(-1)?.startsWith('false') === true);
    expectContinuous(b);
  });

  test('a broker that stops taking bytes: what waits for it is bounded, the rest is dropped and counted', async () => {
    const server = await startServer();
    const maxUnflushedBytes = 1024 * 1024;
    const b = await bench(server, { maxUnflushedBytes });
    await writeUntil('media', b, () => b.sink.last >= 3);
    server.freeze();
    const unitBytes = 100_000;
    for (let i = 0; i < 300; i += 1) b.publication.write(i % 5 === 0 ? b.source.key(unitBytes) : b.source.delta(unitBytes));
    expect(b.publication.unitsDropped).toBeGreaterThanOrEqual(300 - maxUnflushedBytes / unitBytes - 1);
    expect(b.drops).toEqual(['true the broker does not keep up']);
    server.thaw();
    const last = b.sink.last;
    await writeUntil('media again', b, () => b.sink.last > last + 20 && b.drops.at(-1)?.startsWith('false') === true);
    expectContinuous(b);
  });

  test('a full broker is told through onDropping, and forgotten when there is room', async () => {
    const server = await startServer('4MB');
    const b = await bench(server);
    const hog = await connectBus(server);
    await writeUntil('media', b, () => b.sink.last >= 3);
    const other = new SyntheticEpoch('hog', 5);
    const hogPublication = await hog.publish(
      other.state,
      { durationMs: 60_000, sizeBytes: 100 * 2 ** 20 },
      { onDropping: () => undefined },
    );
    hogPublication.write(other.key());
    await writeUntil('the broker to be full', b, () => {
      hogPublication.write(other.delta(200_000));
      return b.drops.length > 0;
    });
    expect(b.drops[0]).toMatch(/^true the broker refuses media: insufficient resources/);
    const dropped = b.publication.unitsDropped;
    expect(dropped).toBeGreaterThan(0);
    await expect(hog.publish(new SyntheticEpoch('hog2', 6).state, WINDOW, { onDropping: () => undefined })).rejects.toMatchObject({
      name: 'BusError',
    });
    await hog.remove('hog', 5);
    const last = b.sink.last;
    await writeUntil('media again', b, () => b.sink.last > last + 10 && b.drops.at(-1)?.startsWith('false') === true);
    expectContinuous(b);
  });

  test('a reader that loses its consumer goes on at the next message, without a gap', async () => {
    const server = await startServer();
    const b = await bench(server);
    await writeUntil('media', b, () => b.sink.last >= 3);
    const connection = await BusConnection.open({ servers: [server.url] });
    cleanups.push(() => connection.close());
    const stream = new EpochNames('media', b.source.path, b.source.epoch).stream(0);
    for await (const consumer of connection.api.consumers.list(stream)) await connection.api.consumers.delete(stream, consumer.name);
    const last = b.sink.last;
    await writeUntil('more media', b, () => b.sink.last > last + 20);
    expect(b.sink.numbers).toEqual(Array.from({ length: b.sink.units.length }, (_, n) => n));
    expect(b.sink.lost).toBe(0);
  });

  test('an epoch whose publisher is silent keeps its state and its last key unit beyond max_age', async () => {
    const server = await startServer();
    const b = await bench(server, { maxAgeMs: 600 });
    const tight: BusWindow = { durationMs: 100, sizeBytes: 2 ** 20 };
    const source = new SyntheticEpoch('still', 7);
    const publication = await b.publisher.publish(source.state, tight, { onDropping: () => undefined });
    publication.write(source.key());
    const startedMs = performance.now();
    await waitFor('three times the age', () => performance.now() - startedMs > 1800);
    const sink = new RecordedSink();
    await b.reader.subscribe('still', 7, { at: 'lastKey' }, sink);
    await waitFor('the key unit', () => sink.units.length === 1);
    publication.write(source.delta());
    await waitFor('the delta', () => sink.units.length === 2);
    expect(sink.events).toEqual(['state 0', 'unit 0', 'unit 1']);
  });

  test('an epoch that another service removes ends for its reader and for its publisher, and leaves no stream', async () => {
    const server = await startServer();
    const b = await bench(server);
    await writeUntil('media', b, () => b.sink.last >= 0);
    await (await connectBus(server)).remove(b.source.path, b.source.epoch);
    await waitFor('the end', () => b.sink.ended === EPOCH_REMOVED);
    await waitFor('the publisher to know', () => {
      b.publication.write(b.source.delta());
      return b.publication.unitsDropped > 0;
    });
    expect(await (await streamsOf(server, b.source)).generations()).toEqual([]);
  });
});

describe('JetStreamBus settings', () => {
  test('credentials and a subject prefix', async () => {
    const server = await NatsServer.start({ config: 'authorization { user: media, password: "s3cret" }' });
    cleanups.push(() => server.remove());
    await expect(JetStreamBus.connect({ servers: [server.url] })).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    const withSecret = JetStreamBus.connect({ servers: [`nats://media:wr0ng@127.0.0.1:${server.port}`] });
    await expect(withSecret).rejects.toThrow(`no NATS server of nats://127.0.0.1:${server.port} takes`);
    const credentials = { user: 'media', password: 's3cret' };
    const one = await connectBus(server, { credentials, subjectPrefix: 'site1.media' });
    const two = await connectBus(server, { credentials, subjectPrefix: 'site2.media' });
    const source = new SyntheticEpoch('cam', 9);
    await one.publish(source.state, WINDOW, { onDropping: () => undefined });
    await expect(two.subscribe('cam', 9, { at: 'live' }, new RecordedSink())).rejects.toMatchObject({ code: 'EPOCH_NOT_FOUND' });
    await one.subscribe('cam', 9, { at: 'live' }, new RecordedSink());
    await expect(JetStreamBus.connect({ servers: [server.url], subjectPrefix: 'a b' })).rejects.toThrow(RangeError);
  });
});
