import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
  standalone,
} from '@mediamesh/testkit';
import type { Clip } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface PathRow {
  readonly source: { readonly type: string };
}

describe.each(TOPOLOGIES)('an HLS source on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
  });
  afterAll(() => lifetime.end());

  test.each(['mpegts', 'fmp4', 'lowLatency'])('%s of another instance: every frame, read over RTSP', async (hlsVariant) => {
    const during = testLifetime();
    const origin = during.own(await standalone.start({ hls: true, hlsVariant, hlsSegmentDuration: '1s' }));
    during.own(publishWithFfmpeg({ url: origin.rtspUrl('cam'), clip }));
    await origin.log.waitForLine(/is publishing to path 'cam'/);
    const source = origin.hlsUrl('/cam/index.m3u8');
    const edge = during.own(await topology.start({ hls: true, paths: { pulled: { source, gopCache: 'burst' } } }));
    await edge.log.waitForLine(/path pulled\] stream is available and online, 2 tracks \(H264, MPEG-4 Audio\)/, { deadlineMs: 30_000 });
    const row = async (): Promise<PathRow> => (await (await fetch(edge.apiUrl('/v3/paths/get/pulled'))).json()) as PathRow;
    expect((await row()).source.type).toBe('hlsSource');

    const { frames } = await during.own(new FfmpegReader({ url: edge.rtspUrl('pulled'), folder, seconds: 4, audio: false })).result();
    const run = contiguousRun(
      (await clipReference(clip)).frames,
      frames.map(({ hash }) => hash),
    );
    expect(run.length).toBeGreaterThan(80);
    expectRisingTimes(frames);
  });
});
