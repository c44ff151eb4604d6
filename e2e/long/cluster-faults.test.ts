import { Lifetime, RawPublisher, startOverNats, waitFor } from '@mediamesh/testkit';
import type { NatsProduct, ServiceProcess } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRig, MEDIA, allReceive, describeStatus } from '../scenarios/faults-rig.ts';
import type { WatchedReader } from '../scenarios/faults-rig.ts';

const FRAMES_A_SECOND = 25;
const ELECTION_DEADLINE_MS = 30_000;
/** An election goes to any server. */
const MAX_ELECTIONS = 12;

describe('a server of a cluster of three is killed', () => {
  const lifetime = new Lifetime();
  let rig: FaultRig;

  beforeAll(async () => {
    rig = await FaultRig.prepare(lifetime);
  });
  afterAll(() => lifetime.end());

  test.each([
    { which: 'that hosts a stream', leads: false, deadlineMs: 3_000 },
    { which: 'that hosts a stream and leads JetStream', leads: true, deadlineMs: 15_000 },
  ])('$which: its streams go on at a key frame, others and the lease live on', async ({ which, leads, deadlineMs }) => {
    const setup = testLifetime();
    const product = setup.own(await startOverNats({ brokers: 3, gateways: 2, config: { pathDefaults: { gopCache: 'burst' } } }));
    const during = testLifetime(product);
    const at = (gateway: number, path: string): string => product.gateways[gateway]!.rtspUrl(path);
    const host = await elect(product, leads);
    for (const [gateway, path] of ['here', 'there'].entries()) rig.publish(during, at(gateway, path));
    await product.log.waitForLine(/is publishing to path 'here'/, { deadlineMs: ELECTION_DEADLINE_MS });
    await product.log.waitForLine(/is publishing to path 'there'/, { deadlineMs: ELECTION_DEADLINE_MS });
    expect((await product.brokers.hostOf(/MEDIA_here_/))?.name).toBe(host.name);
    const readers = ['here', 'there'].flatMap((path) => [rig.read(during, at(0, path)), rig.read(during, at(1, path))]);
    await allReceive(readers, FRAMES_A_SECOND);

    const before = readers.map((reader) => reader.frames);
    await host.kill();
    const since = performance.now();
    const note = (what: string): void => console.log(`${which}: ${what} after ${Math.round(performance.now() - since)} ms`);
    await Promise.all(
      readers.slice(0, 2).map(async (reader, index) => {
        const goesOn = (): boolean => reader.runs.length > 1 && reader.frames >= before[index]! + 5;
        await waitFor(goesOn, { deadlineMs, what: 'the stream goes on' });
        note('a stream goes on');
      }),
    );
    await waitFor(() => product.brokers.hostOf(/KV_.*control/), { deadlineMs: ELECTION_DEADLINE_MS, what: 'a host of the lease' });
    const accepted = async (): Promise<boolean> => (await describeStatus(at(1, 'here'))) === 200;
    await waitFor(accepted, { deadlineMs: ELECTION_DEADLINE_MS, what: 'a reader is accepted' });
    note(`a reader is accepted, by leader ${product.log.matching(/leads the control plane/).length}`);
    // While a server is away, publishers begin as ever.
    await rig.publishWhenAccepted(during, product.log, at(1, 'new'), ELECTION_DEADLINE_MS);
    note('another publisher begins');
    readers.push(rig.read(during, at(0, 'new')));
    await allReceive(readers, FRAMES_A_SECOND);
    expectCutAtKeyFrames(readers);
    expect(product.log.matching(/path here.*the media bus takes this stream again, [1-9]\d* units were dropped/)).toHaveLength(1);

    await host.start();
    await allReceive(readers, 2 * FRAMES_A_SECOND);
    expectCutAtKeyFrames(readers);
  });
});

/** At most once: every frame before, and from a key frame on every frame after. */
function expectCutAtKeyFrames(readers: readonly WatchedReader[]): void {
  for (const reader of readers) {
    reader.expectUndisturbed();
    expect(reader.runs.length).toBeLessThanOrEqual(2);
    for (const { start } of reader.runs) expect(start % FRAMES_A_SECOND).toBe(0);
  }
}

/** The host of what the first gateway publishes. It leads JetStream, or does not: leaders are restarted until that is so. */
async function elect(product: NatsProduct, leads: boolean): Promise<ServiceProcess> {
  const { brokers } = product;
  for (let election = 0; election < MAX_ELECTIONS; election++) {
    const wait = { deadlineMs: ELECTION_DEADLINE_MS, what: 'a leader of JetStream' };
    const host = await hostOfProbe(product, `probe-${election}`);
    const leader = await waitFor(() => brokers.metaLeader(), wait);
    if ((host === leader) === leads) return host;
    await leader.kill();
    await waitFor(() => brokers.metaLeader(), wait);
    await leader.start();
  }
  throw new Error(`after ${MAX_ELECTIONS} elections no server is as wanted`);
}

async function hostOfProbe({ brokers, ports }: NatsProduct, path: string): Promise<ServiceProcess> {
  const publisher = await waitFor(() => RawPublisher.start({ port: ports.rtsp, path, medias: [MEDIA] }), {
    deadlineMs: ELECTION_DEADLINE_MS,
    what: 'a stream on the bus',
  });
  try {
    return await waitFor(() => brokers.hostOf(new RegExp(`MEDIA_${path}_`)), {
      deadlineMs: ELECTION_DEADLINE_MS,
      what: `the host of ${path}`,
    });
  } finally {
    publisher.close();
  }
}
