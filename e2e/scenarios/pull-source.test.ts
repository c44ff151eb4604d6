import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface PathRow {
  readonly source: { readonly type: string } | null;
  readonly readers: readonly unknown[];
}

describe.each(TOPOLOGIES)('a source on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  /** Where the stream is published. */
  let origin: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    origin = lifetime.own(await standalone.start({ pathDefaults: { gopCache: 'burst' } }));
    lifetime.own(publishWithFfmpeg({ url: origin.rtspUrl('cam'), clip }));
    await origin.log.waitForLine(/is publishing to path 'cam'/);
  });
  afterAll(() => lifetime.end());

  const readersAtOrigin = async (): Promise<number> => {
    const response = await fetch(origin.apiUrl('/v3/paths/get/cam'));
    return ((await response.json()) as PathRow).readers.length;
  };

  test.each(['tcp', 'udp'] as const)('is pulled over %s when somebody reads, and let go when nobody does', async (transport) => {
    const during = testLifetime(origin);
    const path = {
      source: origin.rtspUrl('cam'),
      rtspTransport: transport,
      sourceOnDemand: true,
      sourceOnDemandCloseAfter: '1s',
      gopCache: 'burst',
    };
    const edge = during.own(await topology.start({ paths: { pulled: path } }));
    expect(await readersAtOrigin()).toBe(0);

    const readers = (['tcp', 'udp'] as const).map((reading) =>
      during.own(new FfmpegReader({ url: edge.rtspUrl('pulled'), folder, seconds: 2, audio: false, transport: reading })),
    );
    await waitFor(() => readers.every((reader) => reader.soFar().frames.length > 0), { deadlineMs: 15_000, what: 'frames' });
    // One pull, however many read.
    expect(await readersAtOrigin()).toBe(1);
    const row = (await (await fetch(edge.apiUrl('/v3/paths/get/pulled'))).json()) as PathRow;
    expect(row.source?.type).toBe('rtspSource');

    const reference = await clipReference(clip);
    for (const reader of readers) {
      const { frames } = await reader.result();
      const run = contiguousRun(
        reference.frames,
        frames.map(({ hash }) => hash),
      );
      expect(run.length).toBeGreaterThan(40);
    }
    await waitFor(async () => (await readersAtOrigin()) === 0, { deadlineMs: 10_000, what: 'the end of the pull' });
  });

  test('that is always there is pulled again after the origin was away', async () => {
    const during = testLifetime();
    const source = during.own(await standalone.start({ pathDefaults: { gopCache: 'burst' } }));
    const edge = during.own(
      await topology.start({ paths: { kept: { source: source.rtspUrl('later'), rtspTransport: 'tcp', gopCache: 'burst' } } }),
    );
    const first = during.own(publishWithFfmpeg({ url: source.rtspUrl('later'), clip }));
    // It was refused before anybody published, and tries again every 5 s.
    await edge.log.waitForLine(/path kept\] stream is available/, { deadlineMs: 20_000 });
    first.signal('SIGKILL');
    await source.log.waitForLine(/\[session \w+\] destroyed/);
    during.own(publishWithFfmpeg({ url: source.rtspUrl('later'), clip }));
    await edge.log.waitForLine(/path kept\] stream is available/, { deadlineMs: 20_000, count: 2 });
    const { frames } = await during.own(new FfmpegReader({ url: edge.rtspUrl('kept'), folder, seconds: 1, audio: false })).result();
    contiguousRun(
      (await clipReference(clip)).frames,
      frames.map(({ hash }) => hash),
    );
  });
});
