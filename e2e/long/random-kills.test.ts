import { readFileSync } from 'node:fs';
import { Lifetime, RawReader, startOverNats, waitFor } from '@mediamesh/testkit';
import type { NatsProduct, Program, ServiceProcess } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultRig, describeStatus, getJson } from '../scenarios/faults-rig.ts';
import type { PathRow, SessionRow } from '../scenarios/faults-rig.ts';

const KILLS = 20;
/** Everything is as before, however many faults came together. */
const MENDED_DEADLINE_MS = 45_000;
const MAX_AWAY_MS = 5_000;
const MAX_GROWTH_BYTES = 50 * 2 ** 20;
const PAGE_BYTES = 4096;
/** Of the kills; another one shows other faults. */
const SEED = Number(process.env['MEDIAMESH_TEST_SEED'] ?? Date.now() % 100_000);
const GATEWAYS = [0, 1, 2] as const;
const lifetime = new Lifetime();
let rig: FaultRig;

beforeAll(async () => {
  rig = await FaultRig.prepare(lifetime);
});
afterAll(() => lifetime.end());

test(`${KILLS} kills of random services: everything is mended each time, and nothing grows (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const setup = testLifetime();
  const product = setup.own(
    await startOverNats({ controls: 2, gateways: GATEWAYS.length, config: { pathDefaults: { gopCache: 'burst' } } }),
  );
  const during = testLifetime(product);
  const clients = GATEWAYS.flatMap((gateway) => {
    const path = `cam-${gateway}`;
    const camera = during.own(new Camera(rig, () => product.gateways[gateway]!.rtspUrl(path)));
    const viewers = GATEWAYS.map((at) => during.own(new Viewer(() => product.gateways[at]!.rtspUrl(path))));
    return [camera, ...viewers];
  });
  const viewers = clients.filter((client) => client instanceof Viewer);
  for (const client of clients) client.start();
  await allWatch(viewers);
  const services = servicesOf(product);
  const before = new Map(services.map(({ service }) => [service.name, residentBytes(service)]));

  for (let kill = 1; kill <= KILLS; kill++) {
    const { service, ready } = services[Math.floor(random() * services.length)]!;
    const awayMs = random() * MAX_AWAY_MS;
    const since = performance.now();
    await service.kill();
    await waitFor(() => performance.now() - since >= awayMs, { deadlineMs: 2 * MAX_AWAY_MS, what: 'the time to start again' });
    await service.start(ready);
    const started = performance.now();
    await allWatch(viewers);
    const mendedMs = Math.round(performance.now() - started);
    console.log(`${kill}: ${service.name} was away for ${Math.round(awayMs)} ms; all was mended ${mendedMs} ms after its return`);
  }

  for (const { service } of services) {
    const growth = residentBytes(service) - before.get(service.name)!;
    console.log(`${service.name}: ${Math.round(before.get(service.name)! / 2 ** 20)} MiB, ${Math.round(growth / 2 ** 20)} more`);
    expect(growth, `${service.name} has grown`).toBeLessThan(MAX_GROWTH_BYTES);
  }
  await expectNothingLeft(product, clients);
});

/** A client that comes again whenever it is refused or closed. */
abstract class Client {
  private running: Promise<void> | undefined;
  protected stopped = false;

  start(): void {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.stopped = true;
    this.end();
    await this.running;
  }

  /** One visit, up to its end. */
  protected abstract visit(): Promise<void>;
  protected abstract end(): void;

  private async run(): Promise<void> {
    while (!this.stopped) {
      const since = performance.now();
      await this.visit().catch(() => {}); // nobody is there: again
      await waitFor(() => this.stopped || performance.now() - since >= RETRY_MS, { deadlineMs: 2 * RETRY_MS, what: 'the next visit' });
    }
  }
}

const RETRY_MS = 500;
const VISIT_MS = 60_000;

class Camera extends Client {
  private readonly rig: FaultRig;
  private readonly url: () => string;
  private publisher: Program | undefined;

  constructor(clips: FaultRig, url: () => string) {
    super();
    this.rig = clips;
    this.url = url;
  }

  protected override async visit(): Promise<void> {
    const visit = new Lifetime();
    try {
      this.publisher = this.rig.publish(visit, this.url());
      await this.publisher.waitForEnd(VISIT_MS);
    } finally {
      await visit.end();
    }
  }

  protected override end(): void {
    this.publisher?.signal('SIGKILL');
  }
}

class Viewer extends Client {
  packets = 0;
  readonly url: () => string;
  private reader: RawReader | undefined;

  constructor(url: () => string) {
    super();
    this.url = url;
  }

  protected override async visit(): Promise<void> {
    const { port, pathname } = new URL(this.url());
    this.reader = await RawReader.start({ port: Number(port), path: pathname.substring(1) });
    const { client } = this.reader;
    client.socket.on('data', () => (this.packets += client.frames.splice(0).length));
    await client.closed;
    client.close();
  }

  protected override end(): void {
    this.reader?.close();
  }
}

async function allWatch(viewers: readonly Viewer[]): Promise<void> {
  await Promise.all(
    viewers.map(async (viewer) => {
      const before = viewer.packets;
      await waitFor(() => viewer.packets > before + 50, { deadlineMs: MENDED_DEADLINE_MS, what: `media at ${viewer.url()}` });
    }),
  );
}

/** With what each says when it is there again. */
function servicesOf({
  brokers,
  controls,
  gateways,
}: NatsProduct): readonly { service: ServiceProcess; ready: readonly RegExp[] | undefined }[] {
  return [
    ...brokers.servers.map((service) => ({ service, ready: undefined })),
    ...controls.map((service) => ({ service, ready: [/configuration loaded/] })),
    ...gateways.map(({ service }) => ({ service, ready: undefined })),
  ];
}

/** Control shows what is there, and when all clients are gone, nothing. */
async function expectNothingLeft(product: NatsProduct, clients: readonly Client[]): Promise<void> {
  // Of two replicas only the one that leads has an API, and only that of the first is known here.
  await product.controls[1]!.kill();
  const paths = async (): Promise<readonly PathRow[]> =>
    (await getJson<{ readonly items: readonly PathRow[] }>(product.apiUrl('/v3/paths/list'))).items;
  const sessions = async (): Promise<readonly SessionRow[]> =>
    (await getJson<{ readonly items: readonly SessionRow[] }>(product.apiUrl('/v3/rtspsessions/list'))).items;
  const readers = GATEWAYS.length;
  await waitFor(
    async () =>
      (await paths()).every((path) => path.ready && path.readers.length === readers) &&
      (await sessions()).length === readers * (readers + 1),
    {
      deadlineMs: MENDED_DEADLINE_MS,
      what: 'one publisher and three readers on each path',
    },
  );
  for (const client of clients) await client.close();
  await waitFor(async () => (await paths()).length === 0 && (await sessions()).length === 0, {
    deadlineMs: 20_000,
    what: 'no path, no session',
  });
  for (const gateway of product.gateways) expect(await describeStatus(gateway.rtspUrl('cam-0'))).toBe(404);
  await waitFor(async () => (await mediaStreams(product)).length === 0, { deadlineMs: 60_000, what: 'no stream at the broker' }).catch(
    async (error: unknown) => {
      throw new Error(`left at the broker: ${(await mediaStreams(product)).join(', ')}`, { cause: error });
    },
  );
}

async function mediaStreams({ brokers }: NatsProduct): Promise<readonly string[]> {
  return (await brokers.streamNames()).filter((name) => name.includes('MEDIA_'));
}

function residentBytes({ program }: ServiceProcess): number {
  return Number(readFileSync(`/proc/${program.pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}

/** Mulberry32: the same kills for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
