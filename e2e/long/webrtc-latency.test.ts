import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  ChromiumBrowser,
  ClockPublisher,
  Lifetime,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitFor,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SAMPLES = 100;
const OPENINGS = 10;
/** A picture of the clock, without scaling. */
const [CLOCK_WIDTH, CLOCK_HEIGHT] = [256, 32];
/** Of a stream at 25 frames a second, shown now: whoever shows an old one has stopped. */
const MAX_AGE_MS = 5_000;
const LONG_GOP = {
  ...CLIPS.h264Noisy,
  name: 'h264-noisy-long-gop',
  video: [...CLIPS.h264Noisy.video, '-g', '250', '-keyint_min', '250'],
};
/** Since the page was asked for, by its own clock. */
const FIRST_PICTURE = `
  const look = () => {
    const video = document.querySelector('video');
    if (video === null) return setTimeout(look, 1);
    video.requestVideoFrameCallback(() => { window.firstPictureMs = performance.now(); });
  };
  look();`;

const lifetime = new Lifetime();
let chromium: ChromiumBrowser;
let product: Product;

beforeAll(async () => {
  chromium = lifetime.own(await ChromiumBrowser.launch());
  product = lifetime.own(await standalone.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
});
afterAll(() => lifetime.end());

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1]!;

test('how old the picture is that Chromium shows', async () => {
  const during = testLifetime(product);
  const clock = during.own(new ClockPublisher(product.rtspUrl('clock')));
  await product.log.waitForLine(/is publishing to path 'clock'/);
  const tab = during.own(await chromium.open({ url: product.webrtcUrl('clock/') }));
  await waitForPlayback(tab.page, 1, DEADLINE_MS);
  const ages: number[] = [];
  while (ages.length < SAMPLES) ages.push(clock.ageMs(await tab.picture(CLOCK_WIDTH, CLOCK_HEIGHT)));
  console.log(`published over RTSP, shown by Chromium over WebRTC: p50 ${percentile(ages, 50)} ms, p95 ${percentile(ages, 95)} ms`);
  expect(percentile(ages, 95)).toBeLessThan(MAX_AGE_MS);
});

test('how long until the first picture, with a key frame every 10 seconds', async () => {
  const during = testLifetime(product);
  during.own(publishWithFfmpeg({ url: product.rtspUrl('rare'), clip: await prepareClip(LONG_GOP) }));
  await product.log.waitForLine(/is publishing to path 'rare'/);
  const times: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening++) {
    const page = await chromium.openPage(product.webrtcUrl('rare/'), undefined, async (before) => {
      await before.addInitScript(FIRST_PICTURE);
    });
    times.push(
      await waitFor(() => page.evaluate<number | null>('window.firstPictureMs ?? null'), { deadlineMs: DEADLINE_MS, what: 'a picture' }),
    );
    await page.context().close();
  }
  const [p50, p95] = [50, 95].map((percent) => Math.round(percentile(times, percent)));
  console.log(`first picture in Chromium after the page was asked for: p50 ${p50} ms, p95 ${p95} ms`);
  expect(times).toHaveLength(OPENINGS);
});
