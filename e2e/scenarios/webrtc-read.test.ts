import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  CLIP_HEIGHT,
  CLIP_WIDTH,
  ChromiumBrowser,
  Lifetime,
  REPOSITORY,
  TOPOLOGIES,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { ClipRecipe, Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const PLAYED_SECONDS = 2;
const SCREENSHOTS = join(REPOSITORY, '.cache', 'screenshots');

const CASES: readonly (readonly [string, ClipRecipe, 'debian' | 'current'])[] = [
  ['H264 and Opus', CLIPS.h264Opus, 'debian'],
  ['VP8 and PCMU', CLIPS.vp8PcmMulaw, 'debian'],
  ['VP9 and PCMA', CLIPS.vp9PcmAlaw, 'debian'],
  ['AV1 and Opus', CLIPS.av1Opus, 'current'],
];

interface SessionList {
  readonly items: readonly Record<string, unknown>[];
}

describe.each(TOPOLOGIES)('reading over WebRTC on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;
  let chromium: ChromiumBrowser;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    chromium = lifetime.own(await ChromiumBrowser.launch());
    product = lifetime.own(await topology.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  const sessions = async (): Promise<SessionList> =>
    (await fetch(product.apiUrl('/v3/webrtcsessions/list'))).json() as Promise<SessionList>;

  test.each(CASES)('Chromium plays %s that ffmpeg publishes over RTSP', async (_name, recipe, ffmpeg) => {
    const during = testLifetime(product);
    const path = recipe.name;
    const clip = await prepareClip(recipe);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip, ffmpeg }));
    await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    const { width, height } = await waitForPlayback(page, PLAYED_SECONDS, DEADLINE_MS);
    expect({ width, height }).toEqual({ width: CLIP_WIDTH, height: CLIP_HEIGHT });
    await page.screenshot({ path: join(SCREENSHOTS, `webrtc-${topology.name}-${path}.png`) });
    await product.log.waitForLine(new RegExp(`\\[WebRTC\\] \\[session \\w+\\] is reading from path '${path}', 2 tracks`));
  });

  test('the session is listed while the page is open, and ends with it', async () => {
    const during = testLifetime(product);
    const path = 'listed';
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await product.log.waitForLine(/is publishing to path 'listed'/);
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    await waitForPlayback(page, 1, DEADLINE_MS);
    const own = async () => (await sessions()).items.find((item) => item['path'] === path);
    const row = await waitFor(own, { deadlineMs: DEADLINE_MS, what: 'the session in the list' });
    expect(row).toMatchObject({ state: 'read', peerConnectionEstablished: true, inboundRTPPackets: 0 });
    expect(row['outboundRTPPackets']).toBeGreaterThan(50);
    expect(row['remoteCandidate']).toMatch(/^prflx\/udp\//);
    await page.close({ runBeforeUnload: true });
    await waitFor(async () => (await own()) === undefined, { deadlineMs: DEADLINE_MS, what: 'the end of the session' });
  });

  test('a track that WebRTC cannot carry is skipped with a warning, the other is played', async () => {
    const during = testLifetime(product);
    const path = 'aac';
    const clip = await prepareClip({ ...CLIPS.h264Opus, name: 'h264-plain-aac', audio: ['aac', '-b:a', '64k'] });
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await product.log.waitForLine(/is publishing to path 'aac'/);
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    await product.log.waitForLine(/\[WebRTC\] \[session \w+\] skipping track 2 \(MPEG-4 Audio\)/);
    await waitForPlayback(page, 1, DEADLINE_MS);
  });

  test('a stream with B-frames ends its readers with the reason', async () => {
    const during = testLifetime(product);
    const path = 'b-frames';
    const clip = await prepareClip(CLIPS.h264BFramesAac);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await product.log.waitForLine(/is publishing to path 'b-frames'/);
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    await product.log.waitForLine(/\[WebRTC\] \[session \w+\] closed: WebRTC doesn't support H264 streams with B-frames/);
  });

  test('a page without a stream says so, and plays when there is one', async () => {
    const during = testLifetime(product);
    const path = 'later';
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    const message = page.locator('#message');
    await message.filter({ hasText: 'There is no stream' }).waitFor({ timeout: DEADLINE_MS });
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await waitForPlayback(page, 1, DEADLINE_MS);
  });
});
