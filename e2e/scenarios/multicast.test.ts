import {
  CLIPS,
  CLIP_FRAME_RATE,
  FfmpegReader,
  GstreamerReader,
  NetworkNamespace,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { describe, expect, test } from 'vitest';

const MIN_FRAMES = 30;

describe.each(TOPOLOGIES)('multicast on $name', (topology) => {
  test('ffmpeg and gstreamer read from the group, beside a reader over TCP', async () => {
    const clip = await prepareClip(CLIPS.h264Opus);
    const reference = await clipReference(clip);
    const outer = testLifetime();
    const namespace = outer.own(new NetworkNamespace());
    await namespace.run(async () => {
      const product = await topology.start({ pathDefaults: { gopCache: 'burst' } });
      const during = testLifetime(product);
      during.own(product);
      const folder = during.own(new TemporaryFolder());
      const url = product.rtspUrl('group');
      during.own(publishWithFfmpeg({ url, clip }));
      await product.log.waitForLine(/is publishing to path 'group'/);
      const byFfmpeg = (['udp_multicast', 'tcp'] as const).map((transport) =>
        during.own(new FfmpegReader({ url, folder, seconds: 3, transport, audio: false })),
      );
      const byGstreamer = during.own(new GstreamerReader({ url, folder, transport: 'udp-mcast', video: 'rtph264depay ! avdec_h264' }));
      for (const reader of byFfmpeg) {
        await reader.program.waitForEnd(30_000);
        expectWholeFromKeyFrame(reader.soFar().frames.map(({ hash }) => hash));
      }
      const { frames } = await byGstreamer.readUntil({ frames: MIN_FRAMES + CLIP_FRAME_RATE });
      expectWholeFromKeyFrame(frames);
      expect(product.log.matching(/is reading from path 'group', with UDP-multicast/)).toHaveLength(2);
    });

    /** A group has no GOP cache: what comes before the first key frame is not whole. */
    function expectWholeFromKeyFrame(frames: readonly string[]): void {
      const whole = frames.findIndex((hash) => reference.frames.includes(hash));
      expect(whole).toBeGreaterThanOrEqual(0);
      expect(whole).toBeLessThan(CLIP_FRAME_RATE);
      expect(contiguousRun(reference.frames, frames.slice(whole)).length).toBeGreaterThan(MIN_FRAMES);
    }
  });
});
