import { Lifetime, standalone, startOverNats, waitFor } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRig, allReceive, describeStatus, getJson, sessionsOf } from './faults-rig.ts';
import type { PathRow } from './faults-rig.ts';

const FRAMES_A_SECOND = 25;
const AWAY_MS = 2_000;

describe('the broker ends, and begins again two seconds later with nothing in its memory', () => {
  const lifetime = new Lifetime();
  let rig: FaultRig;

  beforeAll(async () => {
    rig = await FaultRig.prepare(lifetime);
  });
  afterAll(() => lifetime.end());

  test('streams go on within three seconds, at the next key frame; what was dropped is told', async ({ annotate }) => {
    const setup = testLifetime();
    const origin = setup.own(await standalone.start());
    rig.publish(setup, origin.rtspUrl('cam'));
    await origin.log.waitForLine(/is publishing to path 'cam'/);
    const paths = { pulled: { source: origin.rtspUrl('cam') }, all_others: null };
    const product = setup.own(await startOverNats({ gateways: 2, config: { pathDefaults: { gopCache: 'burst' }, paths } }));
    const during = testLifetime(product);
    const at = (gateway: number, path: string): string => product.gateways[gateway]!.rtspUrl(path);
    rig.publish(during, at(0, 'live'));
    const leaving = rig.publish(during, at(1, 'left'));
    await product.log.waitForLine(/is publishing to path 'live'/);
    await product.log.waitForLine(/is publishing to path 'left'/);
    await product.log.waitForLine(/path pulled.*stream is available/);
    const readers = [rig.read(during, at(0, 'live')), rig.read(during, at(1, 'live')), rig.read(during, at(1, 'pulled'))];
    const gone = rig.read(during, at(1, 'live'));
    const abandoned = rig.read(during, at(0, 'left'));
    await allReceive([...readers, gone, abandoned], FRAMES_A_SECOND);

    const [broker] = product.brokers.servers;
    await broker!.stop();
    const stopped = performance.now();
    // Nobody can tell control of these.
    leaving.signal('SIGKILL');
    gone.reader.program.signal('SIGKILL');
    await waitFor(() => performance.now() - stopped >= AWAY_MS, { deadlineMs: 2 * AWAY_MS, what: 'two seconds' });
    const before = readers.map((reader) => reader.frames);
    await broker!.start();
    const started = performance.now();
    await Promise.all(
      readers.map(async (reader, index) => {
        await waitFor(() => reader.frames >= before[index]! + 5, { deadlineMs: 3_000, what: 'the stream goes on' });
        await annotate(`a stream goes on ${Math.round(performance.now() - started)} ms after the return of the broker`);
      }),
    );
    await waitFor(async () => (await describeStatus(at(1, 'live'))) === 200, { deadlineMs: 10_000, what: 'a reader is accepted' });
    await annotate(`a reader is accepted ${Math.round(performance.now() - started)} ms after the return of the broker`);
    await allReceive([...readers, rig.read(during, at(0, 'pulled'))], FRAMES_A_SECOND);
    for (const reader of readers) {
      reader.expectUndisturbed();
      // Cut once: every frame before, and from the next key frame on every frame after.
      expect(reader.runs).toHaveLength(2);
      expect(reader.runs[1]!.start % FRAMES_A_SECOND).toBe(0);
    }
    await abandoned.reader.program.waitForEnd(40_000);
    expect(product.log.matching(/path live.*the media bus does not take this stream, dropping it: /)).toHaveLength(1);
    expect(product.log.matching(/path live.*the media bus takes this stream again, [1-9]\d* units were dropped/)).toHaveLength(1);
    expect(product.log.matching(/path pulled.*the media bus takes this stream again, [1-9]\d* units were dropped/)).toHaveLength(1);

    await waitFor(async () => (await getJson<PathRow>(product.apiUrl('/v3/paths/get/live'))).readers.length === 2, {
      deadlineMs: 10_000,
      what: 'the reader that is gone is not shown',
    });
    expect((await sessionsOf(product.apiUrl, 'live')).map(({ state }) => state).sort()).toEqual(['publish', 'read', 'read']);
    await waitFor(async () => (await describeStatus(at(0, 'left'))) === 404, { deadlineMs: 5_000, what: 'the path that was left' });
  });
});
