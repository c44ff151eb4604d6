import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KlvPublisher, testLifetime } from '@mediamesh/e2e';
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
const KLV_UNITS = 20;
const SCREENSHOTS = join(REPOSITORY, '.cache', 'screenshots');

const CASES: readonly (readonly [string, ClipRecipe, 'debian' | 'current'])[] = [
  ['H264 and Opus', CLIPS.h264Opus, 'debian'],
  ['VP8 and PCMU', CLIPS.vp8PcmMulaw, 'debian'],
  ['VP9 and PCMA', CLIPS.vp9PcmAlaw, 'debian'],
  ['AV1 and Opus', CLIPS.av1Opus, 'current'],
];

/**
 * In the page: reads the path, and restarts ICE as RFC 9725 4.3.3 says. Gives the pictures that were decoded before and after, and
 * whether the pair that media comes over is of the new credentials. As text, since this package has no types of browsers.
 */
const restartIce = (url: string): string => `(async () => {
  const connection = new RTCPeerConnection();
  connection.addTransceiver('video', { direction: 'recvonly' });
  const stats = async (type) => [...(await connection.getStats()).values()].filter((entry) => entry.type === type);
  const until = async (condition) => { while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50)); };
  const decoded = async () => (await stats('inbound-rtp'))[0]?.framesDecoded ?? 0;
  const ufragOf = (sdp) => /a=ice-ufrag:(\\S+)/.exec(sdp)[1];
  await connection.setLocalDescription(await connection.createOffer());
  const headers = { 'Content-Type': 'application/sdp' };
  const response = await fetch(${JSON.stringify(url)}, { method: 'POST', headers, body: connection.localDescription.sdp });
  const answer = await response.text();
  await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  await until(async () => (await decoded()) > 10);

  await connection.setLocalDescription(await connection.createOffer({ iceRestart: true }));
  const { sdp } = connection.localDescription;
  const lines = sdp.split('\\r\\n');
  const fragment = lines.filter((line) => /^(m=|a=mid:|a=ice-ufrag:|a=ice-pwd:)/.test(line)).join('\\r\\n') + '\\r\\n';
  const patched = await fetch(new URL(response.headers.get('Location'), ${JSON.stringify(url)}), {
    method: 'PATCH', headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' }, body: fragment,
  });
  const restarted = await patched.text();
  const credentials = restarted.split('\\r\\n').filter((line) => /^a=ice-(ufrag|pwd):/.test(line)).slice(0, 2);
  const candidates = restarted.split('\\r\\n').filter((line) => line.startsWith('a=candidate:')).join('\\r\\n');
  const next = answer.replace(/a=candidate:.*\\r\\n/g, '').replace(/a=ice-ufrag:.*/g, credentials[0]).replace(/a=ice-pwd:.*/g, credentials[1]);
  await connection.setRemoteDescription({ type: 'answer', sdp: next.replace('a=end-of-candidates', candidates + '\\r\\na=end-of-candidates') });
  const isNew = async () => (await stats('transport'))[0]?.iceLocalUsernameFragment === ufragOf(sdp) && connection.iceConnectionState === 'connected';
  await until(isNew);
  const before = await decoded();
  await until(async () => (await decoded()) > before + 10);
  connection.close();
  return patched.status;
})()`;

interface SessionList {
  readonly items: readonly Record<string, unknown>[];
}

/** In the page: reads the path as pages of users do, and keeps what comes by data channel. */
const readData = (url: string): string => `(() => {
  window.units = [];
  window.reader = new MediaMTXWebRTCReader({
    url: ${JSON.stringify(url)},
    onDataChannel: ({ channel }) => {
      window.channel = { label: channel.label, ordered: channel.ordered };
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => window.units.push([...new Uint8Array(data)]);
    },
  });
})()`;

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

  test('a page without a stream says so, plays when there is one, and comes back when its connection is lost', async () => {
    const during = testLifetime(product);
    const path = 'later';
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    const message = page.locator('#message');
    await message.filter({ hasText: 'There is no stream' }).waitFor({ timeout: DEADLINE_MS });
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await waitForPlayback(page, 1, DEADLINE_MS);
    const session = (await sessions()).items.find((item) => item['path'] === path)!;
    await fetch(product.apiUrl(`/v3/webrtcsessions/kick/${String(session['id'])}`), { method: 'POST' });
    await message.filter({ hasText: 'The connection to the server was lost' }).waitFor({ timeout: DEADLINE_MS });
    await waitFor(async () => (await message.textContent()) === '', { deadlineMs: DEADLINE_MS, what: 'the next connection' });
    await waitForPlayback(page, 1, DEADLINE_MS);
  });

  test('KLV comes by a data channel, unit by unit', async () => {
    const during = testLifetime(product);
    const path = 'klv';
    const publisher = during.own(await KlvPublisher.start(product.ports.rtsp, path));
    await product.log.waitForLine(/is publishing to path 'klv'/);
    const page = await chromium.openPage(product.webrtcUrl(`${path}/`));
    during.own({ close: () => page.close() });
    await product.log.waitForLine(/\[WebRTC\] \[session \w+\] skipping track 2 \(KLV\)/); // the page has no use for it
    await page.evaluate(readData(product.webrtcUrl(`${path}/whep`)));
    await product.log.waitForLine(/\[WebRTC\] \[session \w+\] is reading from path 'klv', 2 tracks \(G711, KLV\)/);
    const received = (): Promise<number> => page.evaluate<number>('window.units.length');
    const isEnough = async (): Promise<boolean> => (publisher.send(), (await received()) >= KLV_UNITS);
    await waitFor(isEnough, { deadlineMs: DEADLINE_MS, what: `${KLV_UNITS} units in the page` });
    expect(await page.evaluate('window.channel')).toEqual({ label: 'KLV', ordered: false });
    const units = (await page.evaluate<number[][]>('window.units')).map((unit) => Uint8Array.from(unit));
    const first = publisher.units.findIndex((unit) => Buffer.compare(unit, units[0]!) === 0);
    expect(units).toEqual(publisher.units.slice(first, first + units.length));
  });

  test('ICE restarts on the way, and the pictures go on', async () => {
    const during = testLifetime(product);
    const path = 'restarts';
    const clip = await prepareClip(CLIPS.h264Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
    await product.log.waitForLine(/is publishing to path 'restarts'/);
    const page = await chromium.openPage(product.webrtcUrl('reader.js'));
    during.own({ close: () => page.close() });
    expect(await page.evaluate<number>(restartIce(product.webrtcUrl(`${path}/whep`)))).toBe(200);
  });
});
