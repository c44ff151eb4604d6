import { Lifetime, startOverNats, waitFor } from '@mediamesh/testkit';
import type { NatsProduct } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRig, allReceive } from './faults-rig.ts';

const FRAMES_A_SECOND = 25;

describe('a publisher takes over at another gateway', () => {
  const lifetime = new Lifetime();
  let rig: FaultRig;
  let product: NatsProduct;
  const at = (gateway: number, path: string): string => product.gateways[gateway]!.rtspUrl(path);

  beforeAll(async () => {
    rig = await FaultRig.prepare(lifetime);
    product = lifetime.own(await startOverNats({ gateways: 2, config: { pathDefaults: { gopCache: 'burst' } } }));
  });
  afterAll(() => lifetime.end());

  test('with the same tracks: readers at both gateways go on, with every frame of both', async () => {
    const during = testLifetime(product);
    const first = rig.publish(during, at(0, 'same'));
    await product.log.waitForLine(/is publishing to path 'same'/);
    const readers = [rig.read(during, at(0, 'same')), rig.read(during, at(1, 'same'))];
    await allReceive(readers, FRAMES_A_SECOND);

    rig.publish(during, at(1, 'same'));
    await product.log.waitForLine(/rtsp-1: .*is publishing to path 'same'/);
    await first.waitForEnd(10_000);
    for (const reader of readers) {
      await waitFor(() => reader.runs.length > 1 && reader.runs.at(-1)!.length >= FRAMES_A_SECOND, {
        deadlineMs: 10_000,
        what: 'frames of the second publisher',
      });
      reader.expectUndisturbed();
      expect(reader.runs.map(({ start }) => start)).toEqual([reader.runs[0]!.start, 0]);
    }
    expect(product.log.matching(/is reading from path 'same'/)).toHaveLength(2);
  });

  test('with other tracks: readers are closed in order, and come again', async () => {
    const during = testLifetime(product);
    const first = rig.publish(during, at(0, 'other'));
    await product.log.waitForLine(/is publishing to path 'other'/);
    const readers = [rig.read(during, at(0, 'other')), rig.read(during, at(1, 'other'))];
    await allReceive(readers, FRAMES_A_SECOND);

    rig.publish(during, at(1, 'other'), 'video');
    await product.log.waitForLine(/rtsp-1: .*is publishing to path 'other'/);
    await first.waitForEnd(10_000);
    for (const { reader, runs } of readers) {
      expect(await reader.program.waitForEnd(10_000)).toEqual({ code: 0, signal: null });
      expect(reader.program.stderr.lines).toEqual([]);
      expect(runs).toHaveLength(1);
    }
    expect(product.log.matching(/closed: the stream has ended: closed by another publisher/)).toHaveLength(2);
    await allReceive([rig.read(during, at(0, 'other')), rig.read(during, at(1, 'other'))], FRAMES_A_SECOND);
  });
});
