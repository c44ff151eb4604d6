import {
  CLIPS,
  FfmpegReader,
  FlvRecording,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { ClipReference, ClipRecipe, FfmpegVersion, Product, ReadResult } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface CodecCase {
  readonly clip: ClipRecipe;
  /** As the log names them. */
  readonly tracks: string;
  readonly ffmpeg: FfmpegVersion;
  /** What a reader of RTMP must announce to get all of it. */
  readonly fourCcs?: readonly string[];
  /** Over RTSP the bytes of samples have another order. */
  readonly swapped?: boolean;
  /** ffmpeg has no RTP payload format for it. */
  readonly withoutRtsp?: boolean;
  /** HLS has the video only. */
  readonly hlsWithoutAudio?: boolean;
}

const CASES: readonly CodecCase[] = [
  { clip: CLIPS.h264BFramesAac, tracks: 'H264, MPEG-4 Audio', ffmpeg: 'debian' },
  { clip: CLIPS.h264Mp3, tracks: 'H264, MPEG-1/2 Audio', ffmpeg: 'debian', hlsWithoutAudio: true },
  { clip: CLIPS.h264PcmAlaw, tracks: 'H264, G711', ffmpeg: 'debian', hlsWithoutAudio: true },
  { clip: CLIPS.h264Pcm, tracks: 'H264, LPCM', ffmpeg: 'debian', swapped: true, hlsWithoutAudio: true },
  { clip: CLIPS.h265Opus, tracks: 'H265, Opus', ffmpeg: 'current', fourCcs: ['hvc1', 'Opus'] },
  { clip: CLIPS.av1Opus, tracks: 'AV1, Opus', ffmpeg: 'current', fourCcs: ['av01', 'Opus'] },
  { clip: CLIPS.vp9Ac3, tracks: 'VP9, AC3', ffmpeg: 'current', fourCcs: ['vp09', 'ac-3'], hlsWithoutAudio: true },
  { clip: CLIPS.h264Flac, tracks: 'H264, FLAC', ffmpeg: 'current', fourCcs: ['fLaC'], withoutRtsp: true },
];

const SECONDS = 1.6;
const MIN_FRAMES = 30;
const MIN_AUDIO_BYTES = 4_000;

describe.each(TOPOLOGIES)('codecs over RTMP on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start({ rtmp: true, hls: true, pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  const expectWhole = (reference: ClipReference, { frames, audio }: ReadResult, compareSound: boolean): void => {
    const hashes = frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    if (compareSound) expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  };

  test.each(CASES)('$tracks: published, and read over RTMP, RTSP and HLS, every frame', async (codec) => {
    const { clip: recipe, tracks, ffmpeg, fourCcs, swapped = false, withoutRtsp = false, hlsWithoutAudio = false } = codec;
    const during = testLifetime(product);
    const clip = await prepareClip(recipe);
    const reference = await clipReference(clip, ffmpeg);
    const path = recipe.name;
    const muxerOptions = ffmpeg === 'current' ? ['-rtmp_enhanced_codecs', 'hvc1,av01,vp09'] : [];
    during.own(publishWithFfmpeg({ url: product.rtmpUrl(path), clip, ffmpeg, muxerOptions }));
    await product.log.waitForLine(new RegExp(`path ${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));

    const overRtsp = withoutRtsp
      ? undefined
      : during.own(new FfmpegReader({ url: product.rtspUrl(path), folder, seconds: SECONDS, ffmpeg, audio: !swapped }));
    const overHls = during.own(
      new FfmpegReader({ url: product.hlsUrl(`/${path}/index.m3u8`), folder, seconds: SECONDS, ffmpeg, audio: !hlsWithoutAudio }),
    );
    const recording = during.own(await FlvRecording.start({ url: product.rtmpUrl(path), folder, ...(fourCcs && { fourCcs }) }));
    const file = await recording.finish('video', SECONDS * 25 + 5);
    const overRtmp = during.own(new FfmpegReader({ url: file, folder, seconds: SECONDS, ffmpeg }));
    expectWhole(reference, await overRtmp.result(), true);
    if (overRtsp !== undefined) expectWhole(reference, await overRtsp.result(), !swapped);
    expectWhole(reference, await overHls.result(), !hlsWithoutAudio);
  });
});
