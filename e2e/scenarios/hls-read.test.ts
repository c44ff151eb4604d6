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
} from '@mediamesh/testkit';
import type { ClipRecipe, FfmpegVersion, Product } from '@mediamesh/testkit';
import { concurrentTestLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 4;
/** 25 a second; reading begins with a segment. */
const MIN_FRAMES = 90;
const MIN_AUDIO_BYTES = 10_000;

interface Case {
  readonly clip: ClipRecipe;
  readonly ffmpeg?: FfmpegVersion;
  readonly only?: 'video' | 'audio';
  readonly variants: readonly string[];
}

const MP4_VARIANTS = ['fmp4', 'lowLatency'];
const CASES: readonly Case[] = [
  { clip: CLIPS.h264BFramesAac, variants: ['mpegts', ...MP4_VARIANTS] },
  { clip: CLIPS.h264BFramesAac, only: 'video', variants: ['mpegts', ...MP4_VARIANTS] },
  { clip: CLIPS.h264BFramesAac, only: 'audio', variants: ['mpegts', ...MP4_VARIANTS] },
  { clip: { ...CLIPS.h265Opus, name: 'h265-aac', audio: ['aac', '-b:a', '64k'] }, variants: MP4_VARIANTS },
  { clip: CLIPS.av1Opus, ffmpeg: 'current', variants: MP4_VARIANTS },
  { clip: { ...CLIPS.vp9PcmAlaw, name: 'vp9-opus', audio: ['libopus', '-b:a', '64k'] }, variants: MP4_VARIANTS },
];

describe.each(TOPOLOGIES)('HLS on $name', (topology) => {
  describe.each(['mpegts', 'fmp4', 'lowLatency'])('%s', (variant) => {
    const lifetime = new Lifetime();
    const folder = lifetime.own(new TemporaryFolder());
    let product: Product;

    beforeAll(async () => {
      product = lifetime.own(await topology.start({ hls: true, hlsVariant: variant }));
    });
    afterAll(() => lifetime.end());

    // They wait for segments and for four seconds of media most of the time: at once.
    test.concurrent.for(CASES.filter(({ variants }) => variants.includes(variant)))(
      'ffmpeg plays $clip.name, only $only, every frame',
      async ({ clip: recipe, ffmpeg = 'debian', only }, context) => {
        const during = concurrentTestLifetime(context, product);
        const clip = await prepareClip(recipe);
        const reference = await clipReference(clip);
        const path = `${recipe.name}-${only ?? 'both'}`;
        during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip, ffmpeg, ...(only === undefined ? {} : { only }) }));
        await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
        const reader = during.own(
          new FfmpegReader({
            url: product.hlsUrl(`/${path}/index.m3u8`),
            folder,
            seconds: SECONDS,
            ffmpeg,
            video: only !== 'audio',
            audio: only !== 'video',
          }),
        );
        const { frames, audio } = await reader.result();
        if (only !== 'audio') {
          expectRisingTimes(frames);
          const run = contiguousRun(
            reference.frames,
            frames.map(({ hash }) => hash),
          );
          expect(run.length).toBeGreaterThanOrEqual(MIN_FRAMES);
        }
        if (only !== 'video') expect(audio.length).toBeGreaterThan(MIN_AUDIO_BYTES);
      },
    );
  });
});
