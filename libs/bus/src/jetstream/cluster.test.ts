import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNatsCluster } from '../testing/nats-cluster.ts';
import type { NatsServer } from '../testing/nats-server.ts';
import { RecordedSink } from '../testing/recorded-sink.ts';
import { SyntheticEpoch } from '../testing/synthetic-epoch.ts';
import { waitFor } from '../testing/wait-for.ts';
import { BusConnection } from './bus-connection.ts';
import { EpochNames } from './epoch-names.ts';
import { JetStreamBus } from './jetstream-bus.ts';

const WINDOW = { durationMs: 2000, sizeBytes: 2 ** 20 };
/** Electing another leader takes the cluster up to 11 s. */
const FAIL_OVER_MS = 20_000;

describe('a cluster of three servers', () => {
  let servers: readonly NatsServer[] = [];
  const buses: JetStreamBus[] = [];

  beforeAll(async () => {
    servers = await startNatsCluster();
  }, 30_000);
  afterAll(async () => {
    for (const bus of buses) await bus.close();
    for (const server of servers) await server.remove();
  });

  async function connect(): Promise<JetStreamBus> {
    const bus = await JetStreamBus.connect({ servers: servers.map((server) => server.url) });
    buses.push(bus);
    return bus;
  }

  /** Index of the server that keeps the stream. */
  async function hostOf(source: SyntheticEpoch): Promise<number> {
    const connection = await BusConnection.open({ servers: servers.map((server) => server.url) });
    const stream = new EpochNames('media', source.path, source.epoch).stream(0);
    const info = await connection.api.streams.info(stream);
    await connection.close();
    return Number(info.cluster?.leader?.slice(1));
  }

  test('when the server that keeps the stream dies, readers go on at the next generation', { timeout: 60_000 }, async () => {
    const [publisher, reader] = [await connect(), await connect()];
    const source = new SyntheticEpoch('yard/cam', 1_000_000);
    const drops: string[] = [];
    const publication = await publisher.publish(source.state, WINDOW, { onDropping: (on, why) => drops.push(`${on} ${why}`) });
    const sink = new RecordedSink();
    await reader.subscribe(source.path, source.epoch, { at: 'live' }, sink);
    let count = 0;
    const write = (): void => {
      publication.write(count % 5 === 0 ? source.key() : source.delta());
      count += 1;
    };
    await waitFor('media', () => {
      write();
      return sink.last >= 3;
    });
    const host = await hostOf(source);
    await servers[host]?.kill();
    const last = sink.last;
    await waitFor(
      'media of the next generation',
      () => {
        write();
        return sink.last > last + 10 && drops.at(-1)?.startsWith('false') === true;
      },
      FAIL_OVER_MS,
    );
    expect(publication.unitsDropped).toBeGreaterThan(0);
    expect(sink.lost).toBeGreaterThan(0);
    expect(sink.ended).toBeUndefined();
    const numbers = sink.numbers;
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);

    // The dead server comes back and brings the old generation along, empty: nobody is led astray.
    await servers[host]?.start();
    const again = sink.last;
    await waitFor(
      'media after its return',
      () => {
        write();
        return sink.last > again + 20;
      },
      FAIL_OVER_MS,
    );
    const late = new RecordedSink();
    await reader.subscribe(source.path, source.epoch, { at: 'lastKey' }, late);
    await waitFor('a late reader', () => {
      write();
      return late.units.length > 0;
    });
    await publication.end('bye');
    await waitFor('the end', () => sink.ended === 'bye' && late.ended === 'bye');
  });
});
