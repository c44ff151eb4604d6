import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  ChromiumBrowser,
  Lifetime,
  Program,
  RoundRobinProxy,
  ffmpegFile,
  prepareClip,
  startOverNats,
  waitFor,
  waitForPlayback,
} from '@mediamesh/testkit';
import type { NatsProduct } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const FRAGMENT = 'application/trickle-ice-sdpfrag';
/** A WHIP client that never connects: its session waits for `webrtcHandshakeTimeout`. */
const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:0',
  'a=ice-ufrag:them',
  'a=ice-pwd:theirpasswordtheirpassword',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => '00').join(':')}`,
  'a=setup:actpass',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  '',
].join('\r\n');

interface SessionRow {
  readonly path: string;
  readonly state: string;
}

describe('replicas of WebRTC behind a proxy', () => {
  const lifetime = new Lifetime();
  let product: NatsProduct;
  let proxy: RoundRobinProxy;

  beforeAll(async () => {
    product = lifetime.own(await startOverNats({ config: { webrtc: true, webrtcHandshakeTimeout: '60s' }, webrtcGateways: 2 }));
    proxy = lifetime.own(await RoundRobinProxy.open(product.webrtcGateways.map(({ webrtcUrl }) => webrtcUrl(''))));
  });
  afterAll(() => lifetime.end());

  const sessions = async (path: string): Promise<readonly SessionRow[]> => {
    const answer = await fetch(product.apiUrl('/v3/webrtcsessions/list'));
    return ((await answer.json()) as { items: SessionRow[] }).items.filter((row) => row.path === path);
  };
  const offer = async (url: string): Promise<string> => {
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: OFFER });
    expect(response.status).toBe(201);
    return response.headers.get('Location')!.substring(1);
  };
  const patch = (url: string, ufrag: string): Promise<Response> =>
    fetch(url, {
      method: 'PATCH',
      headers: { 'Content-Type': FRAGMENT },
      body: `a=ice-ufrag:${ufrag}\r\na=ice-pwd:012345678901234567890123\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n`,
    });

  test('published at one, read at the other: requests of a session may come to either', async () => {
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h264Opus);
    const args = ['-nostdin', '-v', 'error', '-readrate', '1', '-i', clip.file, '-c', 'copy', '-f', 'whip', `${proxy.url}/cam/whip`];
    const publisher = new Program({ name: 'ffmpeg WHIP publisher', command: ffmpegFile('current'), args });
    during.own(publisher);
    await product.log.waitForLine(/^webrtc-0.*is publishing to path 'cam'/);
    const chromium = during.own(await ChromiumBrowser.launch());
    const page = await chromium.openPage(product.webrtcGateways[1]!.webrtcUrl('cam/'));
    await waitForPlayback(page, 1, DEADLINE_MS);
    await product.log.waitForLine(/^webrtc-1.*is reading from path 'cam'/);
    // ffmpeg says goodbye by DELETE, which the proxy sends to the second.
    publisher.signal('SIGINT');
    await product.log.waitForLine(/^webrtc-0.*\[session \w+\] closed: terminated/);
    await page.close();
  });

  test('PATCH and DELETE work at the other instance, as at the own', async () => {
    const [first, second] = product.webrtcGateways;
    for (const [own, other] of [
      [first!, second!],
      [second!, first!],
    ] as const) {
      const session = await offer(own.webrtcUrl('x/whip'));
      expect(session).toMatch(new RegExp(`^x/whip/[0-9a-f-]{36}\\.webrtc-${own.service.name}$`));
      expect((await patch(other.webrtcUrl(session), 'them')).status).toBe(204);
      const restarted = await patch(other.webrtcUrl(session), 'again');
      expect(restarted.status).toBe(200);
      const text = await restarted.text();
      expect(restarted.headers.get('ETag')).toBe(`"${/a=ice-ufrag:(\S+)/.exec(text)![1]}"`);
      expect(await sessions('x')).toHaveLength(1);
      const ended = await fetch(other.webrtcUrl(session), { method: 'DELETE' });
      expect([ended.status, await ended.json()]).toEqual([200, { status: 'ok' }]);
      await waitFor(async () => (await sessions('x')).length === 0, { deadlineMs: DEADLINE_MS, what: 'the end of the session' });
      expect((await fetch(other.webrtcUrl(session), { method: 'DELETE' })).status).toBe(404);
    }
  });

  test('a URL that was made up, or whose instance is dead, is not found', async () => {
    const [first, second] = product.webrtcGateways;
    const session = await offer(second!.webrtcUrl('y/whip'));
    const [secret, instance] = session.replace('y/whip/', '').split('.');
    const guesses = [`${'0'.repeat(8)}${secret!.substring(8)}.${instance}`, `${secret}.webrtc-nobody`, secret!, `${secret}.rtsp-rtsp-0`];
    for (const guess of guesses) {
      const answer = await fetch(first!.webrtcUrl(`y/whip/${guess}`), { method: 'DELETE' });
      expect([guess, answer.status, await answer.json()]).toEqual([guess, 404, { status: 'error', error: 'session not found' }]);
    }
    expect((await fetch(first!.webrtcUrl(`y/whip/${secret}.>`), { method: 'DELETE' })).status).toBe(400);
    expect(await sessions('y')).toHaveLength(1);
    await second!.service.kill();
    expect((await patch(first!.webrtcUrl(session), 'again')).status).toBe(404);
    expect((await fetch(first!.webrtcUrl(session), { method: 'DELETE' })).status).toBe(404);
  });
});
