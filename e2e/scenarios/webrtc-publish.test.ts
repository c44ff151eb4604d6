import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  ChromiumBrowser,
  FfmpegReader,
  Lifetime,
  Program,
  REPOSITORY,
  TOPOLOGIES,
  TemporaryFolder,
  UdpRelay,
  clipReference,
  contiguousRun,
  ffmpegFile,
  prepareClip,
  waitFor,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const SECONDS = 2;
/** A fake camera gives 20 pictures a second, a loaded machine fewer. */
const MIN_FRAMES = 10;
/** Opus of 32 kbit/s, and less of it for a tone. */
const MIN_AUDIO_BYTES = 3_000;
/** Of 25 a second. */
const MIN_WHIP_FRAMES = 40;
const LOSS = 0.05;
const MIN_RETRANSMISSIONS = 3;
const SCREENSHOTS = join(REPOSITORY, '.cache', 'screenshots');

interface PathInfo {
  readonly tracks: readonly string[];
  readonly source: { readonly type: string } | null;
}

interface SessionList {
  readonly items: readonly { readonly path: string; readonly inboundRTPPacketsLost: number }[];
}

/**
 * In the page: publishes its camera in two layers, the higher one first, until the page is closed, and sends to `ports.to` what the
 * server wants at `ports.from`. As text, since this package has no types of browsers.
 */
const publishLayers = (url: string, ports: { readonly from: number; readonly to: number }): string => `(async () => {
  const { track } = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 } }).then((stream) => ({ track: stream.getVideoTracks()[0] }));
  const connection = (window.connection = new RTCPeerConnection());
  const sendEncodings = [{ rid: 'h', maxBitrate: 600000 }, { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 150000 }];
  connection.addTransceiver(track, { direction: 'sendonly', sendEncodings });
  await connection.setLocalDescription(await connection.createOffer());
  const headers = { 'Content-Type': 'application/sdp' };
  const response = await fetch(${JSON.stringify(url)}, { method: 'POST', headers, body: connection.localDescription.sdp });
  const sdp = (await response.text()).replaceAll(' ${ports.from} typ host', ' ${ports.to} typ host');
  await connection.setRemoteDescription({ type: 'answer', sdp });
})()`;

/** In the page: what it has sent again, by layer, of those that have a stream for it. */
const RETRANSMISSIONS = `window.connection.getStats().then((stats) =>
  Object.fromEntries([...stats.values()].flatMap(({ type, rid, rtxSsrc, retransmittedPacketsSent }) =>
    type === 'outbound-rtp' && rtxSsrc !== undefined ? [[rid, retransmittedPacketsSent]] : [])))`;

describe.each(TOPOLOGIES)('publishing over WebRTC on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let chromium: ChromiumBrowser;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    chromium = lifetime.own(await ChromiumBrowser.launch());
    product = lifetime.own(await topology.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  test.each([
    ['h264/90000', 'H264'],
    ['vp8/90000', 'VP8'],
    ['vp9/90000', 'VP9'],
    ['av1/90000', 'AV1'],
  ])('Chromium publishes its camera as %s and its microphone; ffmpeg reads it over RTSP, Chromium over WebRTC', async (codec, name) => {
    const during = testLifetime(product);
    const path = `camera-${name}`;
    const settings = new URLSearchParams({ 'video-codec': codec, 'video-width': '640', 'video-height': '360', 'video-bitrate': '1000' });
    const publisher = await chromium.openPage(product.webrtcUrl(`${path}/publish?${settings}`));
    during.own({ close: () => publisher.close() });
    await publisher.locator('#video-codec option').first().waitFor({ state: 'attached', timeout: DEADLINE_MS });
    await publisher.locator('#publish').click();
    await publisher.locator('#message').filter({ hasText: 'Publishing' }).waitFor({ timeout: DEADLINE_MS });
    await product.log.waitForLine(new RegExp(`\\[WebRTC\\] \\[session \\w+\\] is publishing to path '${path}'`));
    await publisher.screenshot({ path: join(SCREENSHOTS, `webrtc-publish-${topology.name}-${name}.png`) });

    const info = (await (await fetch(product.apiUrl(`/v3/paths/get/${path}`))).json()) as PathInfo;
    expect(info).toMatchObject({ tracks: expect.arrayContaining([name, 'Opus']), source: { type: 'webRTCSession' } });

    const player = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => player.close() });
    await waitForPlayback(player, SECONDS, DEADLINE_MS);
    await player.screenshot({ path: join(SCREENSHOTS, `webrtc-played-${topology.name}-${name}.png`) });

    const ffmpeg = name === 'AV1' ? 'current' : 'debian'; // which has no AV1 over RTP
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl(path), folder, seconds: SECONDS, transport: 'tcp', ffmpeg }));
    const { frames, audio } = await reader.result();
    expect(frames.length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(audio.length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  });

  test('the WHIP muxer of a current ffmpeg publishes, and every frame is read over RTSP', async () => {
    const during = testLifetime(product);
    const path = 'whip';
    const clip = await prepareClip(CLIPS.h264Opus);
    const reference = await clipReference(clip);
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-readrate',
      '1',
      '-i',
      clip.file,
      '-c',
      'copy',
      '-f',
      'whip',
      product.webrtcUrl(`${path}/whip`),
    ];
    during.own(new Program({ name: 'ffmpeg WHIP publisher', command: ffmpegFile('current'), args }));
    await product.log.waitForLine(/is publishing to path 'whip'/);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl(path), folder, seconds: SECONDS, transport: 'tcp' }));
    const { frames } = await reader.result();
    expect(
      contiguousRun(
        reference.frames,
        frames.map(({ hash }) => hash),
      ).length,
    ).toBeGreaterThanOrEqual(MIN_WHIP_FRAMES);
  });

  test('Chromium publishes two layers (simulcast): each is a track, and is read as one; what is lost of each comes again', async () => {
    const during = testLifetime(product);
    const path = 'layers';
    const { webrtcUdp } = product.ports;
    const relay = during.own(await UdpRelay.open({ port: webrtcUdp, delayMs: 0 }));
    const publisher = await chromium.openPage(product.webrtcUrl('publisher.js'));
    during.own({ close: () => publisher.close() });
    await publisher.evaluate(publishLayers(product.webrtcUrl(`${path}/whip`), { from: webrtcUdp, to: relay.port }));
    await product.log.waitForLine(/is publishing to path 'layers'/);
    relay.loss = LOSS;
    const read = async (videoTrack: number): Promise<number> => {
      const url = product.rtspUrl(path);
      const reader = during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'tcp', videoTrack, audio: false }));
      return (await reader.result()).frames[0]!.sizeBytes;
    };
    const [high, low] = await Promise.all([read(0), read(1)]);
    expect(high).toBeGreaterThan(2 * low!); // twice as wide, twice as high
    const sentAgain = async (): Promise<number | false> => {
      const { h = 0, l = 0 } = (await publisher.evaluate(RETRANSMISSIONS)) as Readonly<Record<string, number>>;
      return h >= MIN_RETRANSMISSIONS && l >= MIN_RETRANSMISSIONS && h + l;
    };
    const again = await waitFor(sentAgain, { deadlineMs: DEADLINE_MS, what: 'packets of each layer that are sent again' });
    const { items } = (await (await fetch(product.apiUrl('/v3/webrtcsessions/list'))).json()) as SessionList;
    expect(items.find((item) => item.path === path)!.inboundRTPPacketsLost).toBeLessThan(again / 2);
  });

  test('the page is used by keyboard, and says what is wrong', async () => {
    const during = testLifetime(product);
    const page = await chromium.openPage(product.webrtcUrl('keyboard/publish?video-codec=vp8/90000'));
    during.own({ close: () => page.close() });
    const says = (hasText: string): Promise<void> => page.getByRole('status').filter({ hasText }).waitFor({ timeout: DEADLINE_MS });
    await page.locator('#publish:enabled').waitFor({ timeout: DEADLINE_MS });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('Publishing');
    const { y, height } = (await page.getByRole('button', { name: 'Stop' }).boundingBox())!;
    expect(y + height).toBeLessThan(page.viewportSize()!.height);
    expect(await page.getByLabel('Camera or screen').isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    await says('Stopped');
    for (const name of ['Camera or screen', 'Microphone']) await page.getByLabel(name).selectOption('none');
    await page.getByRole('button', { name: 'Publish' }).press('Enter');
    await says('There is nothing to publish: choose a picture or a sound');
  });

  test('the stream ends with the page', async () => {
    const during = testLifetime(product);
    const path = 'leaves';
    const publisher = await chromium.openPage(product.webrtcUrl(`${path}/publish?video-codec=vp8/90000`));
    during.own({ close: () => publisher.close() });
    await publisher.locator('#video-codec option').first().waitFor({ state: 'attached', timeout: DEADLINE_MS });
    await publisher.locator('#publish').click();
    await product.log.waitForLine(/is publishing to path 'leaves'/);
    await publisher.close({ runBeforeUnload: true });
    const isGone = async (): Promise<boolean> => (await fetch(product.apiUrl(`/v3/paths/get/${path}`))).status === 404;
    await waitFor(isGone, { deadlineMs: DEADLINE_MS, what: 'the end of the path' });
  });
});
