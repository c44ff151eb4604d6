import { Lifetime, waitFor } from '@mediamesh/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaServer, clip } from '../source/testing/media-server.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const PLAYLIST = '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n';

let server: TestServer;
let lifetime: Lifetime;

beforeEach(() => (lifetime = new Lifetime()));
afterEach(async () => {
  await server.close();
  await lifetime.end();
});

const answerTo = async (url: string): Promise<readonly [number, unknown]> => {
  const response = await server.fetch(url);
  return [response.status, response.headers.get('content-type')?.startsWith('application/json') ? await response.json() : ''];
};
const errorOf = (error: string): object => ({ status: 'error', error });

describe('what cannot be watched', () => {
  test.each(['/other/', '/other/index.m3u8?cookieCheck=1'])('a path that is not configured: %s', async (url) => {
    server = await TestServer.open({ paths: { cam: null } });
    expect(await answerTo(url)).toEqual([500, errorOf("path 'other' is not configured")]);
  });

  test.each([
    ['without a publisher', null],
    ['that is redirected: only RTSP can say where to', { source: 'redirect', sourceRedirect: 'rtsp://127.0.0.1:1/x' }],
  ])('a path %s', async (_, cam) => {
    server = await TestServer.open({ paths: { cam } });
    expect(await answerTo('/cam/index.m3u8?cookieCheck=1')).toEqual([404, errorOf("no stream is available on path 'cam'")]);
    expect((await answerTo('/cam/'))[0]).toBe(200); // the page waits for one
    expect(await answerTo('/cam/video1_stream.m3u8')).toEqual([401, errorOf('authentication error')]);
    expect(server.log.filter((line) => line.includes('[HLS] [muxer'))).toEqual([]);
  });

  test('a source on demand that does not come', async () => {
    const cam = { source: 'http://127.0.0.1:1/index.m3u8', sourceOnDemand: true, sourceOnDemandStartTimeout: '1s' };
    server = await TestServer.open({ paths: { cam } });
    expect(await answerTo('/cam/index.m3u8?cookieCheck=1')).toEqual([500, errorOf("source of path 'cam' has timed out")]);
  });
});

describe('a source on demand', () => {
  test('comes with the first client of the index, and goes after the last', async () => {
    const entry = '#EXTINF:0.4,\na.ts\n#EXT-X-DISCONTINUITY\n';
    const origin = lifetime.own(await MediaServer.open({ '/index.m3u8': PLAYLIST + entry.repeat(12), '/a.ts': clip('h264-aac.mpegts') }));
    const cam = { source: origin.url('/index.m3u8'), sourceOnDemand: true, sourceOnDemandCloseAfter: '1s' };
    server = await TestServer.open({ hlsVariant: 'fmp4', hlsSegmentDuration: '200ms', hlsMuxerCloseAfter: '1s', paths: { cam } });
    // Its page and its files start nothing.
    await server.fetch('/cam/');
    await server.fetch('/cam/video1_stream.m3u8');
    expect(server.log.filter((line) => line.includes('[HLS source]'))).toEqual([]);
    const index = await server.fetch('/cam/index.m3u8?cookieCheck=1');
    expect([index.status, await index.text()]).toEqual([200, expect.stringContaining('video1_stream.m3u8?session=')]);
    await waitFor(() => server.log.some((line) => line.includes('[HLS source] stopped: not needed by anyone')), {
      what: 'the end of the source',
      deadlineMs: DEADLINE_MS,
    });
    expect(server.log.some((line) => line.includes('[muxer cam] destroyed: not used anymore'))).toBe(true);
  });
});

describe('sessions', () => {
  const URI = '/cam/audio1_stream.m3u8';
  const openWithCookie = async (query = ''): Promise<string> => {
    const index = await server.fetch(`/cam/index.m3u8?cookieCheck=1${query}`, { headers: { cookie: 'a=b; cookieCheck=1' } });
    expect(await index.text()).toContain(`\naudio1_stream.m3u8${query.replace('&', '?')}\n`);
    const cookie = index.headers.get('set-cookie')!;
    expect(cookie).toMatch(/^hlsSession=[\da-f-]{36}; HttpOnly; Secure; SameSite=None; Partitioned$/u);
    return cookie.split(';')[0]!;
  };

  test('a cookie is believed before the query; each client has its own', async () => {
    server = await TestServer.open();
    lifetime.own(await server.publish('cam', 12));
    const cookie = await openWithCookie();
    expect(await openWithCookie()).not.toBe(cookie);
    const status = async (uri: string, header: string): Promise<number> =>
      (await server.fetch(uri, { headers: header === '' ? {} : { cookie: header } })).status;
    expect(await status(URI, cookie)).toBe(200);
    expect(await status(URI, `a=b; ${cookie}; c=d`)).toBe(200);
    expect(await status(`${URI}?session=${crypto.randomUUID()}`, cookie)).toBe(200);
    const secret = cookie.split('=')[1]!;
    expect(await status(`${URI}?session=${secret}`, `hlsSession=${crypto.randomUUID()}`)).toBe(401);
    expect(await status(URI, '')).toBe(401);
  });

  test("the client's own query goes along, parameters of a reload do not", async () => {
    server = await TestServer.open();
    lifetime.own(await server.publish('cam', 12));
    const cookie = await openWithCookie('&jwt=x');
    const playlist = await (await server.fetch(`${URI}?jwt=x&_HLS_skip=YES&_HLS_msn=15`, { headers: { cookie } })).text();
    expect(playlist).toMatch(/_seg\d+\.mp4\?jwt=x\n/u);
    expect(playlist).not.toContain('_HLS_');
  });

  test('the query survives the request for cookies; credentials are asked for behind it', async () => {
    const me = { user: 'me', pass: 'secret', permissions: [{ action: 'read' }] };
    const publisher = { user: 'any', permissions: [{ action: 'publish' }] };
    server = await TestServer.open({ authInternalUsers: [me, publisher] });
    lifetime.own(await server.publish('cam', 12));
    const asked = await server.fetch('/cam/index.m3u8?jwt=mytoken');
    const location = asked.headers.get('location')!;
    expect([asked.status, location]).toEqual([302, '/cam/index.m3u8?cookieCheck=1&jwt=mytoken']);
    const refused = await server.fetch(location);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mediamtx"']);
    const as = async (authorization: string): Promise<number> => (await server.fetch(location, { headers: { authorization } })).status;
    expect([await as('Bearer me:secret'), await as(`Basic ${btoa('me:secret')}`), await as('Bearer me:wrong')]).toEqual([200, 200, 401]);
  });
});

describe('a CDN', () => {
  const CDN = { authorization: 'Bearer cdnsecret' };

  test('is one session, needs no credentials, and may cache what it gets', async () => {
    server = await TestServer.open({ hlsVariant: 'fmp4', hlsCDNSecret: 'cdnsecret', authInternalUsers: [] });
    lifetime.own(await server.publish('cam', 12));
    const index = await server.fetch('/cam/index.m3u8', { headers: CDN });
    expect([index.status, index.headers.get('cache-control'), index.headers.get('set-cookie')]).toEqual([200, 'public, max-age=30', null]);
    expect(await index.text()).toMatch(/\naudio1_stream\.m3u8\n/u);
    const playlist = await server.fetch('/cam/audio1_stream.m3u8', { headers: CDN });
    expect(playlist.headers.get('cache-control')).toBe('public, max-age=1');
    const [name] = /^\S+_seg\d+\.mp4$/mu.exec(await playlist.text())!;
    expect((await server.fetch(`/cam/${name}`, { headers: CDN })).headers.get('cache-control')).toBe('public, max-age=3600');
    expect(server.log.filter((line) => line.includes('(CDN)'))).toHaveLength(1);
    for (const authorization of ['Bearer cdnsecre', 'Bearer cdnsecret2', 'cdnsecret', 'Bearer ']) {
      expect((await server.fetch(`/cam/${name}`, { headers: { authorization } })).status).toBe(401);
    }
  });

  test('without a secret nobody is one', async () => {
    server = await TestServer.open();
    lifetime.own(await server.publish('cam', 12));
    expect((await server.fetch('/cam/audio1_stream.m3u8', { headers: { authorization: 'Bearer ' } })).status).toBe(401);
  });
});
