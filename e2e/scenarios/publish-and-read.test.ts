import {
  CLIPS,
  FfmpegReader,
  GstreamerReader,
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
/** Key frames are a second apart, and reading begins with one. */
const MIN_FRAMES = 40;
const MIN_AUDIO_BYTES = 8_000;

describe.each(TOPOLOGIES)('publish and read on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  const expectWhole = (frames: readonly string[], audio: Uint8Array): void => {
    expect(contiguousRun(reference.frames, frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  };

  test.each(['tcp', 'udp'] as const)(
    'ffmpeg publishes over %s; ffmpeg and gstreamer read over TCP and UDP, every frame',
    async (publishing) => {
      const during = testLifetime(product);
      const url = product.rtspUrl(`by-${publishing}`);
      during.own(publishWithFfmpeg({ url, clip, transport: publishing }));
      await product.log.waitForLine(new RegExp(`is publishing to path 'by-${publishing}'`));
      const video = 'rtph264depay ! avdec_h264';
      const audio = 'rtpmp4gdepay';
      const byFfmpeg = (['tcp', 'udp'] as const).map((transport) =>
        during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport })),
      );
      const byGstreamer = (['tcp', 'udp'] as const).map((transport) =>
        during.own(new GstreamerReader({ url, folder, transport, video, audio })),
      );
      for (const reader of byFfmpeg) {
        const result = await reader.result();
        expectRisingTimes(result.frames);
        expectWhole(
          result.frames.map(({ hash }) => hash),
          result.audio,
        );
      }
      for (const reader of byGstreamer) {
        const { frames, audio: sound } = await reader.readUntil({ frames: MIN_FRAMES, audioBytes: MIN_AUDIO_BYTES });
        expectWhole(frames, sound);
      }
    },
  );

  test('through an HTTP tunnel, every frame', async () => {
    const during = testLifetime(product);
    const url = product.rtspUrl('tunnelled');
    during.own(publishWithFfmpeg({ url, clip, transport: 'tcp' }));
    await product.log.waitForLine(/is publishing to path 'tunnelled'/);
    const { frames, audio } = await during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'http' })).result();
    expectWhole(
      frames.map(({ hash }) => hash),
      audio,
    );
  });
});
