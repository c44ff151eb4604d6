import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RtspClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  contiguousRuns,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe.each(TOPOLOGIES)('publishers that come and go on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    // Without B-frames: what arrived last is what is shown last.
    clip = await prepareClip(CLIPS.h264Opus);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  test('a second publisher takes over, and the reader goes on', async () => {
    const during = testLifetime(product);
    const url = product.rtspUrl('taken');
    const publishing = (count: number) => product.log.waitForLine(/is publishing to path 'taken'/, { count });
    const first = during.own(publishWithFfmpeg({ url, clip }));
    await publishing(1);
    const reader = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false }));
    const received = () => reader.soFar().frames;
    await waitFor(() => received().length >= 20, { deadlineMs: 20_000, what: 'frames of the first publisher' });

    during.own(publishWithFfmpeg({ url, clip }));
    await publishing(2);
    await first.waitForEnd(10_000);
    const runs = () =>
      contiguousRuns(
        reference.frames,
        received().map(({ hash }) => hash),
      );
    await waitFor(() => runs().length === 2 && runs()[1]!.length >= 30, { deadlineMs: 20_000, what: 'frames of the second publisher' });

    expect(runs()[1]!.start).toBe(0);
    expectRisingTimes(received());
    expect(reader.program.stderr.lines).toEqual([]);
    expect(product.log.matching(/is reading from path 'taken'/)).toHaveLength(1);
  });

  test('without overridePublisher, the second one is refused', async () => {
    const during = testLifetime(product);
    const strict = during.own(await topology.start({ pathDefaults: { overridePublisher: false } }));
    const url = strict.rtspUrl('held');
    const first = during.own(publishWithFfmpeg({ url, clip }));
    await strict.log.waitForLine(/is publishing to path 'held'/);
    const second = during.own(publishWithFfmpeg({ url, clip }));
    const { code } = await second.waitForEnd(10_000);
    expect(code).not.toBe(0);
    expect(first.isRunning).toBe(true);
    expect(strict.log.matching(/is publishing to path 'held'/)).toHaveLength(1);
  });

  test('a publisher is killed: its readers are closed, and the next one can be read', async () => {
    const during = testLifetime(product);
    const url = product.rtspUrl('killed');
    const publisher = during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/is publishing to path 'killed'/);
    const reader = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false }));
    await waitFor(() => reader.soFar().frames.length >= 20, { deadlineMs: 20_000, what: 'frames' });

    publisher.signal('SIGKILL');
    await reader.program.waitForEnd(10_000);
    contiguousRun(
      reference.frames,
      reader.soFar().frames.map(({ hash }) => hash),
    );
    const client = during.own(await RtspClient.connect({ port: product.ports.rtsp }));
    expect((await client.request('DESCRIBE', url)).status).toBe(404);

    during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/is publishing to path 'killed'/, { count: 2 });
    const { frames } = await during.own(new FfmpegReader({ url, folder, seconds: 1, audio: false })).result();
    expect(
      contiguousRun(
        reference.frames,
        frames.map(({ hash }) => hash),
      ).length,
    ).toBeGreaterThanOrEqual(15);
  });
});
