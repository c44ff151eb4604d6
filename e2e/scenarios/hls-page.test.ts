import { CLIPS, ChromiumBrowser, ClockPublisher, Lifetime, TOPOLOGIES, prepareClip, publishWithFfmpeg, waitFor } from '@mediamesh/testkit';
import type { ClipRecipe, FfmpegVersion, Product } from '@mediamesh/testkit';
import { concurrentTestLifetime, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PLAY_DEADLINE_MS = 20_000;
const STALL_MS = 5_000;
const MAX_BEHIND_MS = 2_000;
/** A picture is read back as often as this to say how far behind it is. */
const LOOKS = 10;
/** testsrc2 is bright nearly everywhere. */
const MIN_LIT_SHARE = 0.5;

const CODECS: readonly { readonly clip: ClipRecipe; readonly ffmpeg?: FfmpegVersion }[] = [
  { clip: CLIPS.h264BFramesAac },
  { clip: CLIPS.av1Opus, ffmpeg: 'current' },
  { clip: { ...CLIPS.vp9PcmAlaw, name: 'vp9-opus', audio: ['libopus', '-b:a', '64k'] } },
];

describe.each(TOPOLOGIES)('the playing page on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;
  let browser: ChromiumBrowser;

  beforeAll(async () => {
    product = lifetime.own(
      await topology.start({
        hls: true,
        authInternalUsers: [
          { user: 'any', permissions: [{ action: 'publish' }, { action: 'read', path: '~^open-' }] },
          { user: 'me', pass: 'secret', permissions: [{ action: 'read', path: 'closed' }] },
        ],
      }),
    );
    browser = lifetime.own(await ChromiumBrowser.launch());
  });
  afterAll(() => lifetime.end());

  const published = async (path: string): Promise<void> => {
    await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
  };

  test.concurrent.for(CODECS)('Chromium plays $clip.name', async ({ clip: recipe, ffmpeg = 'debian' }, context) => {
    const during = concurrentTestLifetime(context, product);
    const path = `open-${recipe.name}`;
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip: await prepareClip(recipe), ffmpeg }));
    await published(path);
    const tab = during.own(await browser.open({ url: product.hlsUrl(`/${path}/`) }));
    await tab.waitForPlay(2, PLAY_DEADLINE_MS);
    expect(await tab.notice()).toBe('');
    expect(await tab.litShare()).toBeGreaterThan(MIN_LIT_SHARE);
    expect(await tab.page.evaluate('document.querySelector("video").webkitAudioDecodedByteCount')).toBeGreaterThan(0);
    expect(await tab.page.title()).toBe(path);
    expect(tab.errors).toEqual([]);
    await tab.screenshot(`hls-page-${topology.name}-${recipe.name}`);
  });

  test('less than two seconds behind live', async () => {
    const during = testLifetime(product);
    const clock = during.own(new ClockPublisher(product.rtspUrl('open-clock')));
    await published('open-clock');
    const tab = during.own(await browser.open({ url: product.hlsUrl('/open-clock/') }));
    await tab.waitForPlay(3, PLAY_DEADLINE_MS);
    const ages: number[] = [];
    const isAtTheEdge = async (): Promise<boolean> => {
      await tab.waitForPlay(0.2, PLAY_DEADLINE_MS);
      const age = clock.ageMs(await tab.picture(256, 32));
      if (age < MAX_BEHIND_MS) ages.push(age);
      else ages.length = 0; // the machine is busy: the player catches up
      return ages.length >= LOOKS;
    };
    await waitFor(isAtTheEdge, { deadlineMs: PLAY_DEADLINE_MS, what: `${LOOKS} pictures in a row younger than ${MAX_BEHIND_MS} ms` });
    console.log(`${topology.name}: pictures in Chromium are ${Math.min(...ages)} to ${Math.max(...ages)} ms old`);
  });

  test.concurrent.for(['stalled', 'offline'])('a network that is %s for five seconds', async (fault, context) => {
    const during = concurrentTestLifetime(context, product);
    const clock = during.own(new ClockPublisher(product.rtspUrl(`open-${fault}`)));
    await published(`open-${fault}`);
    const tab = during.own(await browser.open({ url: product.hlsUrl(`/open-${fault}/`) }));
    await tab.waitForPlay(2, PLAY_DEADLINE_MS);
    const mend = fault === 'stalled' ? await tab.stall() : await tab.setOffline(true).then(() => () => tab.setOffline(false));
    const end = performance.now() + STALL_MS;
    await waitFor(() => performance.now() > end, { deadlineMs: 2 * STALL_MS, what: 'the end of the stall' });
    await mend();
    await tab.waitForPlay(4, PLAY_DEADLINE_MS);
    expect(await tab.notice()).toBe('');
    await waitFor(async () => clock.ageMs(await tab.picture(256, 32)) < 2 * STALL_MS, {
      deadlineMs: PLAY_DEADLINE_MS,
      what: 'the live edge',
    });
  });

  test.concurrent('a path without a stream: the page says so, and plays once somebody publishes', async (context) => {
    const during = concurrentTestLifetime(context, product);
    const tab = during.own(await browser.open({ url: product.hlsUrl('/open-later/'), colorScheme: 'dark' }));
    await tab.waitForNotice(/There is no stream at this address at the moment\. Trying again every 2 seconds\./, PLAY_DEADLINE_MS);
    await tab.screenshot(`hls-page-${topology.name}-no-stream`);
    const clip = await prepareClip(CLIPS.h264BFramesAac);
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('open-later'), clip }));
    await tab.waitForPlay(1, PLAY_DEADLINE_MS);
    expect(await tab.notice()).toBe('');
    await publisher.stop();
    await tab.waitForNotice(/Trying again every 2 seconds/, PLAY_DEADLINE_MS);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('open-later'), clip }));
    await tab.waitForPlay(1, PLAY_DEADLINE_MS);
  });

  test.concurrent('credentials: without the right ones there is no page', async (context) => {
    const during = concurrentTestLifetime(context, product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('closed'), clip: await prepareClip(CLIPS.h264BFramesAac) }));
    await published('closed');
    const url = product.hlsUrl('/closed/');
    const refused = during.own(await browser.open({ url, user: { name: 'me', pass: 'wrong' } }));
    expect([refused.status, await refused.page.textContent('body')]).toEqual([401, '{"status":"error","error":"authentication error"}']);
    const tab = during.own(await browser.open({ url, user: { name: 'me', pass: 'secret' } }));
    expect(tab.status).toBe(200);
    await tab.waitForPlay(1, PLAY_DEADLINE_MS);
  });

  test.concurrent.for<[string, RegExp]>([
    ['401', /not allowed to watch this stream, or your credentials are wrong/],
    ['500', /server cannot deliver the stream/],
    ['no answer', /connection to the server is lost/],
  ])('the playlist is answered with %s: the page says what that means, and goes on by itself', async ([answer, text], context) => {
    const during = concurrentTestLifetime(context, product);
    const path = `open-${answer.replace(' ', '-')}`;
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip: await prepareClip(CLIPS.h264BFramesAac) }));
    await published(path);
    const tab = during.own(await browser.open({ url: product.hlsUrl(`/${path}/`) }));
    await tab.waitForPlay(1, PLAY_DEADLINE_MS);
    const mend = await tab.answerWith(/index\.m3u8/, answer === 'no answer' ? undefined : Number(answer));
    await tab.page.reload();
    await tab.waitForNotice(text, PLAY_DEADLINE_MS);
    await mend();
    await tab.waitForPlay(1, PLAY_DEADLINE_MS);
    expect(await tab.notice()).toBe('');
  });

  test.concurrent('a codec that the browser cannot play: the page says so', async (context) => {
    const during = concurrentTestLifetime(context, product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('open-h265'), clip: await prepareClip(CLIPS.h265Opus) }));
    await published('open-h265');
    const tab = during.own(await browser.open({ url: product.hlsUrl('/open-h265/') }));
    await tab.waitForNotice(/This browser cannot play the codecs of this stream/, PLAY_DEADLINE_MS);
  });

  test.concurrent('what the query says about the player; nothing of it is in the page', async (context) => {
    const during = concurrentTestLifetime(context, product);
    const flags = ['controls', 'muted', 'autoplay', 'playsInline', 'disablePictureInPicture'];
    const read = `(() => { const video = document.querySelector('video'); return ${JSON.stringify(flags)}.map((flag) => video[flag]); })()`;
    const attack = '<script>document.title="owned"</script>';
    const query = `controls=no&muted=0&autoplay=FALSE&playsinline=no&disablepictureinpicture=yes&x=${encodeURIComponent(attack)}`;
    const plain = during.own(await browser.open({ url: product.hlsUrl('/open-none/') }));
    await plain.waitForNotice(/no stream/, PLAY_DEADLINE_MS);
    // The controls are away while there is a notice.
    expect(await plain.page.evaluate(read)).toEqual([false, true, true, true, false]);
    const asked = during.own(await browser.open({ url: product.hlsUrl(`/open-none/?${query}`) }));
    expect(await asked.page.evaluate(read)).toEqual([false, false, false, false, true]);
    expect(await asked.page.content()).not.toContain('owned');
  });
});
