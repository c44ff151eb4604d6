import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 2;
const MIN_FRAMES = 40;
const MIN_AUDIO_BYTES = 8_000;

describe.each(TOPOLOGIES)('RTMP on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ rtmp: true, pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  test('ffmpeg publishes H264 with B-frames and AAC, and reads it over RTMP and RTSP, every frame', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtmpUrl('live/cam'), clip }));
    await product.log.waitForLine(/is publishing to path 'live\/cam'/);
    const readers = [product.rtmpUrl('live/cam'), product.rtspUrl('live/cam')].map((url) =>
      during.own(new FfmpegReader({ url, folder, seconds: SECONDS })),
    );
    for (const reader of readers) {
      const { frames, audio } = await reader.result();
      expectRisingTimes(frames);
      const hashes = frames.map(({ hash }) => hash);
      expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
      expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
    }
  });
});
