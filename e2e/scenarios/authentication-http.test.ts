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
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { AuthServer, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ANNA = { name: 'anna', password: 'Ann4-pass' };
const BASIC = `Basic ${Buffer.from(`${ANNA.name}:${ANNA.password}`).toString('base64')}`;
const WRONG = 'Wr0ng-pass';
const SLOW_USER = 'slow';
const DEADLINE_MS = 20_000;

describe.each(TOPOLOGIES)('authentication by an HTTP server on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let server: AuthServer;
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    server = lifetime.own(await AuthServer.start({ [ANNA.name]: ANNA.password }, SLOW_USER));
    product = lifetime.own(
      await topology.start({
        rtmp: true,
        hls: true,
        webrtc: true,
        authMethod: 'http',
        authHTTPAddress: server.url,
        authHTTPExclude: [{ action: 'read', path: 'open' }],
        pathDefaults: { gopCache: 'burst' },
      }),
    );
    lifetime.own(publishWithFfmpeg({ url: product.rtspUrl('guarded', ANNA), clip }));
    await product.log.waitForLine(/is publishing to path 'guarded'/);
  });
  afterAll(() => lifetime.end());

  /** Addresses that ask for credentials over HTTP. */
  const addresses = (): readonly string[] => [
    product.hlsUrl('/guarded/'),
    product.hlsUrl('/guarded/index.m3u8'),
    product.webrtcUrl('guarded/'),
    product.apiUrl('/v3/paths/list'),
  ];

  test('the server is told who wants what, and whom it lets in publishes and reads', async () => {
    const during = testLifetime(product);
    const publishing = server.questions.find(({ action, user }) => action === 'publish' && user === ANNA.name);
    expect(publishing).toEqual({
      ip: '127.0.0.1',
      user: ANNA.name,
      password: ANNA.password,
      token: ANNA.password,
      action: 'publish',
      path: 'guarded',
      protocol: 'rtsp',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      query: '',
      userAgent: expect.stringMatching(/^Lavf/) as string,
    });
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('guarded', ANNA), folder, seconds: 1, audio: false }));
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    contiguousRun((await clipReference(clip)).frames, hashes);
    const query = `user=${ANNA.name}&pass=${ANNA.password}`;
    during.own(publishWithFfmpeg({ url: product.rtmpUrl(`live/cam?${query}`), clip, only: 'video' }));
    await product.log.waitForLine(/\[RTMP\] .* is publishing to path 'live\/cam'/);
    expect(server.questions).toContainEqual(expect.objectContaining({ protocol: 'rtmp', action: 'publish', path: 'live/cam', query }));
    for (const url of addresses()) {
      expect([url, (await fetch(url, { headers: { authorization: BASIC } })).status]).toEqual([url, 200]);
    }
    const options = await fetch(product.webrtcUrl('guarded/whep'), { method: 'OPTIONS', headers: { authorization: BASIC } });
    expect(options.status).toBe(204);
  });

  test('who sent nothing is asked, at once and silently; what is excluded needs nothing', async () => {
    testLifetime(product);
    const failures = product.log.matching(/failed to authenticate/).length;
    for (const url of addresses()) {
      const response = await fetch(url);
      expect([url, response.status, response.headers.get('www-authenticate')]).toEqual([url, 401, 'Basic realm="mediamtx"']);
    }
    expect(product.log.matching(/failed to authenticate/)).toHaveLength(failures);
    expect((await fetch(product.webrtcUrl('open/'))).status).toBe(200);
  });

  test('whom it does not let in is refused, and why is logged, without the password', async () => {
    const during = testLifetime(product);
    const before = product.log.lines.length;
    const authorization = `Bearer ${ANNA.name}:${WRONG}`;
    const responses = addresses().map((url) => fetch(url, { headers: { authorization } }));
    const programs = [
      publishWithFfmpeg({ url: product.rtspUrl('guarded', { ...ANNA, password: WRONG }), clip }),
      publishWithFfmpeg({ url: product.rtmpUrl(`guarded?user=${ANNA.name}&pass=${WRONG}`), clip, only: 'video' }),
    ].map((program) => during.own(program));
    for (const response of await Promise.all(responses)) {
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, null]);
      expect(await response.json()).toEqual({ status: 'error', error: 'authentication error' });
    }
    for (const program of programs) expect((await program.waitForEnd(DEADLINE_MS)).code).not.toBe(0);
    const why = () =>
      product.log.lines
        .slice(before)
        .filter((line) => /WAR .*failed to authenticate: server replied with code 401: not with me$/.test(line));
    await waitFor(() => why().length === addresses().length + programs.length, {
      deadlineMs: DEADLINE_MS,
      what: 'a log line for each refusal',
    });
    for (const name of ['RTSP', 'RTMP', 'HLS', 'WebRTC', 'API']) expect(why().join('\n')).toContain(`[${name}]`);
    expect(product.log.lines.filter((line) => line.includes(WRONG) || line.includes(ANNA.password))).toEqual([]);
  });

  test('while it thinks about one, others are let in', async () => {
    testLifetime(product);
    const authorization = `Bearer ${SLOW_USER}:x`;
    const slow = addresses().map((url) => fetch(url, { headers: { authorization } }));
    await waitFor(() => server.held.length === slow.length, { deadlineMs: DEADLINE_MS, what: 'the questions to be held' });
    for (const url of addresses()) expect((await fetch(url, { headers: { authorization: BASIC } })).status).toBe(200);
    expect(server.held).toHaveLength(slow.length);
    server.release();
    for (const response of await Promise.all(slow)) expect(response.status).toBe(200);
  });

  test('while it is away nobody new is let in; who is there stays', async () => {
    const during = testLifetime(product);
    const readers = product.log.matching(/is reading from path 'guarded'/).length;
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('guarded', ANNA), folder, seconds: 3, audio: false }));
    await product.log.waitForLine(/is reading from path 'guarded'/, { count: readers + 1, deadlineMs: DEADLINE_MS });
    await server.close();
    const response = await fetch(product.webrtcUrl('guarded/'), { headers: { authorization: BASIC } });
    expect(response.status).toBe(401);
    await product.log.waitForLine(/\[WebRTC\] \[conn .* failed to authenticate: HTTP request failed: connect ECONNREFUSED/);
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    contiguousRun((await clipReference(clip)).frames, hashes);
  });
});
