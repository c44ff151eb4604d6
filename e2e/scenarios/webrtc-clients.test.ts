import { BrowserPeer, concurrentTestLifetime, testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_HEIGHT,
  CLIP_WIDTH,
  ChromiumBrowser,
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
  waitForPlayback,
} from '@mediamesh/testkit';
import type { ClipRecipe, FfmpegVersion, Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SECONDS = 1.6;
/** Of 25 a second. */
const MIN_FRAMES = 30;
/** A fake camera gives 20 pictures a second, a loaded machine fewer. */
const MIN_CAMERA_FRAMES = 10;

/** Without B-frames, which WebRTC does not carry. */
const H265: ClipRecipe = {
  ...CLIPS.h265Opus,
  name: 'h265-plain-opus',
  video: CLIPS.h265Opus.video.map((option) => option.replace('bframes=2', 'bframes=0')),
};
const CASES: readonly (readonly [string, ClipRecipe, FfmpegVersion])[] = [
  ['H264, Opus', CLIPS.h264Opus, 'debian'],
  ['H265, Opus', H265, 'debian'],
  ['VP8, G711', CLIPS.vp8PcmMulaw, 'debian'],
  ['VP9, G711', CLIPS.vp9PcmAlaw, 'debian'],
  ['AV1, Opus', CLIPS.av1Opus, 'current'],
];

describe.each(TOPOLOGIES)('other WebRTC servers on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let origin: Product;
  let peer: BrowserPeer;
  let product: Product;

  beforeAll(async () => {
    origin = lifetime.own(await standalone.start({ webrtc: true, pathDefaults: { gopCache: 'burst' } }));
    peer = lifetime.own(await BrowserPeer.start(lifetime.own(await ChromiumBrowser.launch())));
    const source = origin.webrtcUrl('$G1/whep').replace('http:', 'whep:');
    const pulled = { source, sourceOnDemand: true, gopCache: 'burst' };
    const dest = origin.webrtcUrl('$MTX_PATH/whip').replace('http:', 'whip:');
    const pushed = { forward: [{ dest }], gopCache: 'burst' };
    product = lifetime.own(
      await topology.start({
        webrtc: true,
        paths: {
          '~^pulled-(.+)$': pulled,
          camera: { source: `whep://${peer.host}/`, sourceOnDemand: true, gopCache: 'burst' },
          shown: { forward: [{ dest: `whip://${peer.host}/` }] },
          all_others: pushed,
        },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const expectWhole = async (url: string, recipe: ClipRecipe, ffmpeg: FfmpegVersion): Promise<void> => {
    const reference = await clipReference(await prepareClip(recipe), ffmpeg);
    const reader = lifetime.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'tcp', audio: false, ffmpeg }));
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  };

  test.concurrent.for(CASES)(
    '%s is pulled over WHEP when somebody reads: every picture arrives',
    async ([tracks, recipe, ffmpeg], context) => {
      const during = concurrentTestLifetime(context, product);
      const path = recipe.name;
      during.own(publishWithFfmpeg({ url: origin.rtspUrl(path), clip: await prepareClip(recipe), ffmpeg }));
      await origin.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
      await expectWhole(product.rtspUrl(`pulled-${path}`), recipe, ffmpeg);
      await product.log.waitForLine(new RegExp(`\\[path pulled-${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));
      const info = await (await fetch(product.apiUrl(`/v3/paths/get/pulled-${path}`))).json();
      expect(info).toMatchObject({ source: { type: 'webRTCSource', id: '' }, tracks: tracks.split(', ') });
    },
  );

  test.concurrent.for(CASES.filter((_, index) => index < 2))(
    '%s is pushed over WHIP: every picture arrives',
    async ([tracks, recipe, ffmpeg], context) => {
      const during = concurrentTestLifetime(context, product);
      const path = `pushed-${topology.name}-${recipe.name}`;
      const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip: await prepareClip(recipe), ffmpeg }));
      await origin.log.waitForLine(new RegExp(`\\[path ${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));
      await expectWhole(origin.rtspUrl(path), recipe, ffmpeg);
      const list = await (await fetch(product.apiUrl(`/v3/paths/forward/list?path=${path}`))).json();
      expect(list).toMatchObject({ items: [{ pos: 1, protocol: 'whip', state: 'forwarding', lastError: '' }] });
      expect((list as { items: { outboundBytes: number }[] }).items[0]!.outboundBytes).toBeGreaterThan(10_000);
      await publisher.stop();
      const isGone = async (): Promise<boolean> => (await fetch(origin.apiUrl(`/v3/paths/get/${path}`))).status === 404;
      await waitFor(isGone, { deadlineMs: DEADLINE_MS, what: 'the end at the other server' });
    },
  );

  test('a browser that answers is pulled from: its camera and microphone are read over RTSP', async () => {
    const during = testLifetime(product);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('camera'), folder, seconds: SECONDS, ffmpeg: 'current' }));
    const { frames, audio } = await reader.result();
    expect(frames.length).toBeGreaterThanOrEqual(MIN_CAMERA_FRAMES);
    expect(audio.length).toBeGreaterThan(0);
    await product.log.waitForLine(/\[path camera\] stream is available and online, 2 tracks \(\w+, Opus\)/);
  });

  test('a browser that answers is pushed to: it plays what is published over RTSP', async () => {
    const during = testLifetime(product);
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('shown'), clip: await prepareClip(CLIPS.h264Opus) }));
    const { width, height } = await waitForPlayback(peer.page, SECONDS, DEADLINE_MS);
    expect({ width, height }).toEqual({ width: CLIP_WIDTH, height: CLIP_HEIGHT });
    const before = peer.ended;
    await publisher.stop();
    await waitFor(() => peer.ended > before, { deadlineMs: DEADLINE_MS, what: 'the end of the session' });
  });
});
