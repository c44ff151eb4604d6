import { CLIPS, Lifetime, TOPOLOGIES, prepareClip, publishWithFfmpeg, startOverNats, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { HlsClient, announcedUris, hintedUri, openSegment, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const LOOPS = 25;
/** Low-latency numbers begin at 7, and a window has 7. */
const MORE_THAN_A_WINDOW = 15;

describe.each(TOPOLOGIES)('HLS clients on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;
  const clientOf = (path: string): HlsClient => new HlsClient(product.hlsUrl(`/${path}/`));

  beforeAll(async () => {
    const clip = await prepareClip({ ...CLIPS.h264BFramesAac, name: 'h264-aac-30s', durationS: 30 });
    product = lifetime.own(
      await topology.start({
        hls: true,
        hlsCDNSecret: 'cdnsecret',
        hlsAllowOrigins: ['http://page.example'],
        authInternalUsers: [
          { user: 'any', permissions: [{ action: 'publish' }, { action: 'api' }, { action: 'read', path: 'cam' }] },
          { user: 'me', pass: 'secret', permissions: [{ action: 'read' }] },
        ],
      }),
    );
    for (const path of ['cam', 'closed']) {
      lifetime.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
      await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
    }
  });
  afterAll(() => lifetime.end());

  test('every announced URI is there, playlist after playlist', async () => {
    const client = clientOf('cam');
    await client.open();
    const fetched = new Set<string>();
    let playlist = await client.playlist('video1');
    for (let loop = 0; loop < LOOPS; loop++) {
      const { msn, parts } = openSegment(playlist);
      const video = await client.playlist('video1', `_HLS_msn=${msn}&_HLS_part=${parts}`);
      const reached = openSegment(video);
      expect(reached.msn > msn || reached.parts > parts).toBe(true);
      const audio = await client.playlist('audio2');
      for (const uri of [...announcedUris(video), ...announcedUris(audio)].filter((candidate) => !fetched.has(candidate))) {
        const response = await client.fetch(uri);
        const { byteLength } = await response.arrayBuffer();
        expect([uri, response.status, byteLength > 0]).toEqual([uri, 200, true]);
        fetched.add(uri);
      }
      playlist = video;
    }
    expect(fetched.size).toBeGreaterThan(2 * LOOPS);
  });

  test('a hinted part is answered when it is there, and named then', async () => {
    const client = clientOf('cam');
    await client.open();
    const hint = hintedUri(await client.playlist('video1'));
    const response = await client.fetch(hint);
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(announcedUris(await client.playlist('video1'))).toContain(hint);
  });

  test('reloads that cannot be answered are refused at once', async () => {
    const client = clientOf('cam');
    await client.open();
    const { msn } = openSegment(await client.playlist('video1'));
    for (const reload of [`_HLS_msn=${msn + 10}`, '_HLS_part=1', '_HLS_msn=x', `_HLS_msn=${msn}&_HLS_part=-1`]) {
      expect([reload, (await client.fetch(client.uriOf('video1', reload))).status]).toEqual([reload, 400]);
    }
  });

  test('without a session nothing is served; names that are not there are 404', async () => {
    const client = clientOf('cam');
    expect((await client.fetch('video1_stream.m3u8')).status).toBe(401);
    expect(await (await client.fetch('video1_stream.m3u8?session=x')).json()).toEqual({ status: 'error', error: 'authentication error' });
    await client.open();
    const query = client.uriOf('x').split('?')[1]!;
    expect((await client.fetch(`..%2f..%2f..%2fetc%2fpasswd.mp4?${query}`)).status).toBe(401);
    const absent = await client.fetch(`0_video1_seg1.mp4?${query}`);
    expect([absent.status, await absent.text()]).toEqual([404, '404 page not found']);
    expect((await client.fetch('index.m3u8?cookieCheck=1', { method: 'POST' })).status).toBe(404);
  });

  test('cookies: asked for, then used', async () => {
    const client = clientOf('cam');
    const asked = await client.fetch('index.m3u8?b=2&a=1');
    expect([asked.status, asked.headers.get('location')]).toEqual([302, '/cam/index.m3u8?a=1&b=2&cookieCheck=1']);
    expect(asked.headers.get('set-cookie')).toBe('cookieCheck=1; HttpOnly; Secure; SameSite=None; Partitioned');
    const index = await client.fetch('index.m3u8?cookieCheck=1', { headers: { cookie: 'cookieCheck=1' } });
    const cookie = /^hlsSession=[^;]+/u.exec(index.headers.get('set-cookie') ?? '')![0];
    expect(await index.text()).toMatch(/\nvideo1_stream\.m3u8\n/u);
    expect(index.headers.get('cache-control')).toBe('private, no-cache');
    expect((await client.fetch('video1_stream.m3u8', { headers: { cookie } })).status).toBe(200);
  });

  test('users, CDN and origins', async () => {
    const closed = clientOf('closed');
    const refused = await closed.fetch('index.m3u8?cookieCheck=1');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mediamtx"']);
    const basic = { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` };
    expect((await closed.fetch('index.m3u8?cookieCheck=1', { headers: basic })).status).toBe(200);
    const cdn = { authorization: 'Bearer cdnsecret', origin: 'http://page.example' };
    const index = await closed.fetch('index.m3u8', { headers: cdn });
    expect([index.status, index.headers.get('cache-control')]).toEqual([200, 'public, max-age=30']);
    expect(index.headers.get('access-control-allow-origin')).toBe('http://page.example');
    const playlist = await closed.fetch('video1_stream.m3u8', { headers: cdn });
    const part = await closed.fetch(announcedUris(await playlist.text()).at(-1)!, { headers: cdn });
    expect([part.status, part.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600']);
    const absent = await clientOf('nowhere').fetch('index.m3u8?cookieCheck=1', { headers: basic });
    expect([absent.status, await absent.json()]).toEqual([404, { status: 'error', error: "no stream is available on path 'nowhere'" }]);
  });

  test('the Control API lists muxers and sessions; a kick ends one', async () => {
    const client = clientOf('cam');
    const index = await client.open();
    await client.playlist('video1');
    expect(index).toContain('session=');
    const get = async (url: string): Promise<Record<string, unknown>> =>
      (await (await fetch(product.apiUrl(url))).json()) as Record<string, unknown>;
    expect(await get('/v3/hlsmuxers/get/cam')).toMatchObject({ path: 'cam', outboundFramesDiscarded: 0 });
    const { items } = (await get('/v3/hlssessions/list')) as { items: readonly Record<string, string>[] };
    const row = items.findLast(({ path }) => path === 'cam')!;
    expect(row).toMatchObject({ path: 'cam', isCDN: false, query: '', user: '' });
    const { readers } = (await get('/v3/paths/get/cam')) as { readers: readonly { type: string; id: string }[] };
    expect(readers).toContainEqual({ type: 'hlsSession', id: row['id'] });
    expect(readers.filter(({ type }) => type !== 'hlsSession')).toEqual([]);
    await fetch(product.apiUrl(`/v3/hlssessions/kick/${row['id']}`), { method: 'POST' });
    expect((await client.fetch(client.uriOf('video1'))).status).toBe(401);
  });
});

describe('replicas of HLS over NATS', () => {
  const lifetime = new Lifetime();
  afterAll(() => lifetime.end());

  test('three that join at different moments serve the same bytes under the same names', async () => {
    const product = lifetime.own(await startOverNats({ config: { hls: true }, hlsGateways: 3 }));
    const during = testLifetime(product);
    const clip = await prepareClip({ ...CLIPS.h264BFramesAac, name: 'h264-aac-30s', durationS: 30 });
    during.own(publishWithFfmpeg({ url: product.rtspUrl('cam'), clip }));
    await product.log.waitForLine(/is publishing to path 'cam'/);
    const replicas = product.hlsGateways.map(({ hlsUrl }) => new HlsClient(hlsUrl('/cam/')));
    for (const [index, client] of replicas.entries()) {
      await client.open();
      await waitFor(async () => openSegment(await client.playlist('video1')).msn > MORE_THAN_A_WINDOW + index, {
        what: 'segments, more than a window',
        deadlineMs: 20_000,
      });
    }
    for (let compared = 0; compared < 5;) {
      const { msn, parts } = openSegment(await replicas[0]!.playlist('video1'));
      const reload = `_HLS_msn=${msn}&_HLS_part=${parts}`;
      const texts = await Promise.all(replicas.map((client) => client.playlist('video1', reload)));
      const open = texts.map((text) => openSegment(text));
      if (open.some((one) => one.msn !== open[0]!.msn || one.parts !== open[0]!.parts)) continue; // a part came between the answers
      compared++;
      const plain = texts.map((text) => text.replaceAll(/\?session=[^"\n]+/gu, ''));
      expect(plain).toEqual(plain.map(() => plain[0]));
      const files = await Promise.all(replicas.map((client, index) => filesOf(client, texts[index]!)));
      expect(files[0]!.length).toBeGreaterThan(10);
      for (const other of files.slice(1)) expect(other.map((bytes, index) => bytes === files[0]![index])).toEqual(other.map(() => true));
    }
  });
});

/** What a playlist names, in order. */
function filesOf(client: HlsClient, playlist: string): Promise<readonly string[]> {
  return Promise.all(
    announcedUris(playlist).map(async (uri) => Buffer.from(await (await client.fetch(uri)).arrayBuffer()).toString('latin1')),
  );
}
