import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_HEIGHT,
  CLIP_WIDTH,
  ChromiumBrowser,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  clipForWebrtcbin,
  prepareClip,
  publishWithWebrtcbin,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SECONDS = 2;
/** A fake camera gives 20 pictures a second, a loaded machine fewer. */
const MIN_FRAMES = 10;

interface SessionList {
  readonly items: readonly Record<string, unknown>[];
}

describe.each(TOPOLOGIES)('WebRTC where no UDP gets through, on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let chromium: ChromiumBrowser;

  beforeAll(async () => {
    chromium = lifetime.own(await ChromiumBrowser.launch());
    product = lifetime.own(await topology.start({ webrtc: true, webrtcLocalUDPAddress: '', pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  const expectTcp = async (path: string, state: string): Promise<void> => {
    const { items } = (await (await fetch(product.apiUrl('/v3/webrtcsessions/list'))).json()) as SessionList;
    expect(items.find((item) => item['path'] === path && item['state'] === state)).toMatchObject({
      localCandidate: `host/tcp/127.0.0.1/${product.ports.webrtcTcp}`,
      remoteCandidate: expect.stringMatching(/^prflx\/tcp\//),
    });
  };

  test('Chromium publishes its camera, ffmpeg reads it over RTSP', async () => {
    const during = testLifetime(product);
    const publisher = await chromium.openPage(product.webrtcUrl('camera/publish?video-codec=vp8/90000'));
    during.own({ close: () => publisher.close() });
    await publisher.locator('#video-codec option').first().waitFor({ state: 'attached', timeout: DEADLINE_MS });
    await publisher.locator('#publish').click();
    await product.log.waitForLine(/is publishing to path 'camera'/);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('camera'), folder, seconds: SECONDS }));
    expect((await reader.result()).frames.length).toBeGreaterThanOrEqual(MIN_FRAMES);
    await expectTcp('camera', 'publish');
  });

  test("gstreamer's webrtcbin publishes, Chromium plays it", async () => {
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithWebrtcbin(product.webrtcUrl('clip/whip'), clipForWebrtcbin(clip)));
    await product.log.waitForLine(/is publishing to path 'clip'/);
    const page = await chromium.openPage(product.webrtcUrl('clip/'));
    during.own({ close: () => page.close() });
    const { width, height } = await waitForPlayback(page, SECONDS, DEADLINE_MS);
    expect({ width, height }).toEqual({ width: CLIP_WIDTH, height: CLIP_HEIGHT });
    await expectTcp('clip', 'publish');
    await expectTcp('clip', 'read');
  });
});
