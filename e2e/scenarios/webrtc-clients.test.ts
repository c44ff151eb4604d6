import { testLifetime } from '@mediamesh/e2e';
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
import type { ClipRecipe, FfmpegVersion, Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SECONDS = 1.6;
/** Of 25 a second. */
const MIN_FRAMES = 30;

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
  let product: Product;

  beforeAll(async () => {
    origin = lifetime.own(await standalone.start({ webrtc: true, pathDefaults: { gopCache: 'burst' } }));
    const source = origin.webrtcUrl('$G1/whep').replace('http:', 'whep:');
    const pulled = { source, sourceOnDemand: true, gopCache: 'burst' };
    const dest = origin.webrtcUrl('$MTX_PATH/whip').replace('http:', 'whip:');
    const pushed = { forward: [{ dest }], gopCache: 'burst' };
    product = lifetime.own(await topology.start({ webrtc: true, paths: { '~^pulled-(.+)$': pulled, all_others: pushed } }));
  });
  afterAll(() => lifetime.end());

  const expectWhole = async (url: string, recipe: ClipRecipe, ffmpeg: FfmpegVersion): Promise<void> => {
    const reference = await clipReference(await prepareClip(recipe), ffmpeg);
    const reader = lifetime.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'tcp', audio: false, ffmpeg }));
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  };

  test.each(CASES)('%s is pulled over WHEP when somebody reads: every picture arrives', async (tracks, recipe, ffmpeg) => {
    const during = testLifetime(product);
    const path = recipe.name;
    during.own(publishWithFfmpeg({ url: origin.rtspUrl(path), clip: await prepareClip(recipe), ffmpeg }));
    await origin.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
    await expectWhole(product.rtspUrl(`pulled-${path}`), recipe, ffmpeg);
    await product.log.waitForLine(new RegExp(`\\[path pulled-${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));
    const info = await (await fetch(product.apiUrl(`/v3/paths/get/pulled-${path}`))).json();
    expect(info).toMatchObject({ source: { type: 'webRTCSource', id: '' }, tracks: tracks.split(', ') });
  });

  test.each(CASES.filter((_, index) => index < 2))('%s is pushed over WHIP: every picture arrives', async (tracks, recipe, ffmpeg) => {
    const during = testLifetime(product);
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
  });
});
