import { Lifetime, RawPublisher, standalone, startOverNats, waitFor } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRig, MEDIA, allReceive, describeStatus, getJson, sessionsOf } from './faults-rig.ts';
import type { PathRow } from './faults-rig.ts';

const FRAMES_A_SECOND = 25;
/** A sender report, with the description that some senders put behind it. */
const MAX_REPORT_BYTES = 128;
const lifetime = new Lifetime();
let rig: FaultRig;

beforeAll(async () => {
  rig = await FaultRig.prepare(lifetime);
});
afterAll(() => lifetime.end());

describe('the control service is killed for ten seconds', () => {
  test('streams go on, newcomers get 503 and succeed after its return, and nothing is counted twice', async ({ annotate }) => {
    const setup = testLifetime();
    const product = setup.own(await startOverNats({ gateways: 2, config: { pathDefaults: { gopCache: 'burst' } } }));
    const during = testLifetime(product);
    const [control] = product.controls;
    const url = product.gateways[0]!.rtspUrl('kept');
    const elsewhere = product.gateways[1]!.rtspUrl('kept');
    rig.publish(during, url);
    await product.log.waitForLine(/is publishing to path 'kept'/);
    const readers = [rig.read(during, url), rig.read(during, elsewhere)];
    await allReceive(readers, FRAMES_A_SECOND);
    const pathRow = (): Promise<PathRow> => getJson<PathRow>(product.apiUrl('/v3/paths/get/kept'));
    const before = await pathRow();

    await control!.kill();
    for (const target of [url, elsewhere]) expect(await describeStatus(target)).toBe(503);
    await expect(RawPublisher.start({ port: product.ports.rtsp, path: 'newcomer', medias: [MEDIA] })).rejects.toThrow('503');
    await allReceive(readers, 10 * FRAMES_A_SECOND);

    const started = performance.now();
    await control!.start();
    await waitFor(async () => (await describeStatus(elsewhere)) === 200, { deadlineMs: 10_000, what: 'a reader is accepted' });
    await annotate(`a reader is accepted ${Math.round(performance.now() - started)} ms after the start of the control service`);
    const late = rig.read(during, elsewhere);
    await late.receives(FRAMES_A_SECOND);
    for (const reader of readers) reader.expectWhole();

    const after = await waitFor(
      async () => {
        const row = await pathRow();
        return row.readers.length === 3 && row;
      },
      { deadlineMs: 5_000, what: 'the path with its three readers' },
    );
    expect(after.source).toEqual(before.source);
    expect(after.readers.map(({ id }) => id)).toEqual(expect.arrayContaining(before.readers.map(({ id }) => id)));
    const sessions = await sessionsOf(product.apiUrl, 'kept');
    expect(sessions.map(({ state }) => state).sort()).toEqual(['publish', 'read', 'read', 'read']);
    const publisher = sessions.find(({ state }) => state === 'publish')!;
    const sent = sessions.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    const last = await pathRow();
    // What the sessions counted lies between what the path showed before and after them; sessions count reports too, paths do not.
    const reports = sessions.reduce((sum, row) => sum + (row.inboundRTCPPackets + row.outboundRTCPPackets) * MAX_REPORT_BYTES, 0);
    expect(publisher.bytesReceived).toBeGreaterThanOrEqual(after.bytesReceived);
    expect(publisher.bytesReceived).toBeLessThanOrEqual(last.bytesReceived + reports);
    expect(sent).toBeGreaterThanOrEqual(after.bytesSent);
    expect(sent).toBeLessThanOrEqual(last.bytesSent + reports);
    expect(after.bytesReceived).toBeGreaterThan(before.bytesReceived);
  });

  test('a path that is held is given to nobody while it starts again', async () => {
    const setup = testLifetime();
    const product = setup.own(
      await startOverNats({ gateways: 2, config: { pathDefaults: { gopCache: 'burst', overridePublisher: false } } }),
    );
    const during = testLifetime(product);
    const url = product.gateways[0]!.rtspUrl('held');
    const elsewhere = product.gateways[1]!.rtspUrl('held');
    rig.publish(during, url);
    await product.log.waitForLine(/is publishing to path 'held'/);
    const reader = rig.read(during, elsewhere);
    await reader.receives(FRAMES_A_SECOND);

    await product.controls[0]!.kill();
    const back = product.controls[0]!.start();
    expect(await refusals(elsewhere, back)).toContain(400);
    await back;
    await reader.receives(FRAMES_A_SECOND);
    reader.expectWhole();
    expect(product.log.matching(/is publishing to path 'held'/)).toHaveLength(1);
  });
});

describe.each([{ how: 'killed' }, { how: 'stopped in order' }] as const)('of two control replicas the leader is $how', ({ how }) => {
  test('streams run on, and the other one serves newcomers within 5 s', async ({ annotate }) => {
    const setup = testLifetime();
    const origin = setup.own(await standalone.start());
    rig.publish(setup, origin.rtspUrl('cam'));
    await origin.log.waitForLine(/is publishing to path 'cam'/);
    const paths = { pulled: { source: origin.rtspUrl('cam') }, strict: { overridePublisher: false }, all_others: null };
    const product = setup.own(await startOverNats({ controls: 2, gateways: 2, config: { pathDefaults: { gopCache: 'burst' }, paths } }));
    const during = testLifetime(product);
    const at = (gateway: number, path: string): string => product.gateways[gateway]!.rtspUrl(path);
    const first = rig.publish(during, at(0, 'run'));
    rig.publish(during, at(0, 'strict'));
    await product.log.waitForLine(/is publishing to path 'run'/);
    await product.log.waitForLine(/is publishing to path 'strict'/);
    await product.log.waitForLine(/path pulled.*stream is available/);
    const run = [rig.read(during, at(0, 'run')), rig.read(during, at(1, 'run'))];
    const others = [rig.read(during, at(1, 'strict')), rig.read(during, at(0, 'pulled')), rig.read(during, at(1, 'pulled'))];
    await allReceive([...run, ...others], FRAMES_A_SECOND);

    const [leader] = product.controls;
    const lost = performance.now();
    if (how === 'killed') await leader!.kill();
    else {
      leader!.program.signal('SIGTERM');
      expect(await leader!.program.waitForEnd(5_000)).toEqual({ code: 0, signal: null });
    }
    const held = refusals(at(1, 'strict'), product.log.waitForLine(/api-1: .*leads the control plane/, { deadlineMs: 5_000 }));
    await product.log.waitForLine(/api-1: .*leads the control plane/, { deadlineMs: 5_000 });
    await annotate(`the other leads after ${Math.round(performance.now() - lost)} ms`);
    await waitFor(async () => (await describeStatus(at(1, 'run'))) === 200, { deadlineMs: 5_000, what: 'a reader is accepted' });
    await annotate(`a reader is accepted after ${Math.round(performance.now() - lost)} ms`);
    await held;

    rig.publish(during, at(1, 'fresh'));
    await product.log.waitForLine(/is publishing to path 'fresh'/);
    await rig.read(during, at(0, 'fresh')).receives(FRAMES_A_SECOND);
    await allReceive([...run, ...others], FRAMES_A_SECOND);
    for (const reader of [...run, ...others]) reader.expectWhole();

    rig.publish(during, at(1, 'run'));
    await product.log.waitForLine(/is publishing to path 'run'/, { count: 2 });
    await first.waitForEnd(10_000);
    for (const reader of run) {
      await waitFor(() => reader.runs.at(-1)!.start === 0 && reader.runs.at(-1)!.length >= 25 && reader.runs.length === 2, {
        deadlineMs: 10_000,
        what: 'frames of the second publisher',
      });
      reader.expectUndisturbed();
    }
    for (const reader of others) reader.expectWhole();
    expect(product.log.matching(/is publishing to path 'strict'/)).toHaveLength(1);
    expect(product.log.matching(/path pulled.*stream is available/)).toHaveLength(1);
  });
});

/** Tries to publish again and again until control has refused it, and `until` is over. Errors: it was accepted. */
async function refusals(url: string, until: Promise<unknown>): Promise<readonly number[]> {
  const { port, pathname } = new URL(url);
  const statuses: number[] = [];
  let isOver = false;
  void until.finally(() => (isOver = true)).catch(() => {});
  await waitFor(
    async () => {
      try {
        const publisher = await RawPublisher.start({ port: Number(port), path: pathname.substring(1), medias: [MEDIA] });
        publisher.close();
      } catch (error) {
        const status = /answered (\d+)/.exec((error as Error).message)?.[1];
        statuses.push(Number(status));
        return isOver && statuses.at(-1) === 400;
      }
      throw new Error('the path was given to another publisher');
    },
    { deadlineMs: 20_000, what: 'a refusal by the new leader' },
  );
  return statuses;
}
