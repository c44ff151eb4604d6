import {
  CLIPS,
  FfmpegReader,
  RelayedPublisher,
  GstreamerReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { ClipRecipe, FfmpegVersion, Product } from '@mediamesh/testkit';
import { concurrentTestLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface CodecCase {
  readonly clip: ClipRecipe;
  /** As the log names them. */
  readonly tracks: string;
  /** Who publishes, and reads with ffmpeg. */
  readonly ffmpeg?: FfmpegVersion;
  /** How gstreamer reads it; without, it can't. */
  readonly gstreamer?: { readonly video: string; readonly audio?: string };
  readonly muxerOptions?: readonly string[];
}

const CASES: readonly CodecCase[] = [
  { clip: CLIPS.h264Opus, tracks: 'H264, Opus', gstreamer: { video: 'rtph264depay ! avdec_h264', audio: 'rtpopusdepay' } },
  { clip: CLIPS.h265Opus, tracks: 'H265, Opus', gstreamer: { video: 'rtph265depay ! avdec_h265', audio: 'rtpopusdepay' } },
  { clip: CLIPS.vp8PcmMulaw, tracks: 'VP8, G711', gstreamer: { video: 'rtpvp8depay ! vp8dec', audio: 'rtppcmudepay' } },
  { clip: CLIPS.vp9PcmAlaw, tracks: 'VP9, G711', gstreamer: { video: 'rtpvp9depay ! vp9dec', audio: 'rtppcmadepay' } },
  { clip: CLIPS.av1Opus, tracks: 'AV1, Opus', ffmpeg: 'current' },
  { clip: CLIPS.mpeg4G722, tracks: 'MPEG-4 Video, G722', gstreamer: { video: 'rtpmp4vdepay ! avdec_mpeg4', audio: 'rtpg722depay' } },
  {
    clip: CLIPS.mpeg2Mp3,
    tracks: 'MPEG-1/2 Video, MPEG-1/2 Audio',
    gstreamer: { video: 'rtpmpvdepay ! mpegvideoparse ! avdec_mpeg2video', audio: 'rtpmpadepay' },
  },
  { clip: CLIPS.mjpegL16, tracks: 'M-JPEG, LPCM', gstreamer: { video: 'rtpjpegdepay ! avdec_mjpeg', audio: 'rtpL16depay' } },
  {
    clip: { ...CLIPS.h264BFramesAac, name: 'h264-latm' },
    tracks: 'H264, MPEG-4 Audio LATM',
    muxerOptions: ['-rtpflags', 'latm'],
    // gstreamer's rtpmp4adepay leaves the length in front of the first frame.
    gstreamer: { video: 'rtph264depay ! avdec_h264' },
  },
];

const SECONDS = 1.6;
const MIN_FRAMES = 30;
const MIN_AUDIO_BYTES = 4_000;

describe.each(TOPOLOGIES)('codecs on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'burst' } }));
  });
  afterAll(() => lifetime.end());

  test.concurrent.for(CASES)('$tracks: every frame', async (codecCase, context) => {
    const { clip: recipe, tracks, ffmpeg = 'debian', gstreamer, muxerOptions = [] } = codecCase;
    const during = concurrentTestLifetime(context, product);
    const clip = await prepareClip(recipe);
    const reference = await clipReference(clip, ffmpeg);
    const path = recipe.name;
    const url = product.rtspUrl(path);
    during.own(publishWithFfmpeg({ url, clip, ffmpeg, muxerOptions }));
    await product.log.waitForLine(new RegExp(`path ${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));

    const overTcp = during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'tcp', ffmpeg }));
    const overUdp = during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'udp', ffmpeg }));
    const byGstreamer = gstreamer === undefined ? undefined : during.own(new GstreamerReader({ url, folder, ...gstreamer }));
    const expectWhole = (frames: readonly string[], audio: Uint8Array): void => {
      expect(contiguousRun(reference.frames, frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
      if (audio.length > 0) expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
    };
    for (const reader of [overTcp, overUdp]) {
      const { frames, audio } = await reader.result();
      expectWhole(
        frames.map(({ hash }) => hash),
        audio,
      );
    }
    if (byGstreamer !== undefined) {
      const { frames, audio } = await byGstreamer.readUntil({
        frames: MIN_FRAMES,
        audioBytes: gstreamer?.audio === undefined ? 0 : MIN_AUDIO_BYTES,
      });
      expectWhole(frames, audio);
    }
  });

  // ffmpeg reads AC-3, but cannot send it.
  test.concurrent('AC3: every frame', async (context) => {
    const during = concurrentTestLifetime(context, product);
    const clip = await prepareClip(CLIPS.ac3);
    const reference = await clipReference(clip);
    const pipeline = `filesrc location=${clip.file} ! matroskademux ! ac3parse ! identity sync=true ! rtpac3pay pt=96`;
    const media = ['m=audio 0 RTP/AVP 96', 'a=rtpmap:96 AC3/48000/2'];
    during.own(await RelayedPublisher.ofGstreamer({ port: product.ports.rtsp, path: 'ac3', pipeline, media }));
    const url = product.rtspUrl('ac3');
    const readers = (['tcp', 'udp'] as const).map((transport) =>
      during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport, video: false })),
    );
    const byGstreamer = during.own(new GstreamerReader({ url, folder, audio: 'rtpac3depay' }));
    const sounds = [
      ...(await Promise.all(readers.map((reader) => reader.result()))),
      await byGstreamer.readUntil({ audioBytes: MIN_AUDIO_BYTES }),
    ];
    for (const { audio } of sounds) expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  });
});
