import { afterEach, describe, expect, test } from 'vitest';
import { ControlApiRig, H264_TRACK, sessionOf } from '../control-api-rig.cases.ts';
import { mergedRows } from '../gateways.ts';
import type { OpenControlApi } from '../open-control-api.ts';
import { parseSamples } from './exposition.cases.ts';
import { openMetrics } from './open-metrics.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const OTHER_ID = '00000000-0000-4000-8000-000000000002';
const USERS = `
authInternalUsers:
- user: watcher
  pass: secret
  permissions:
  - action: metrics
- user: boss
  pass: secret
  permissions:
  - action: api
`;

let rig: ControlApiRig | undefined;
let metrics: OpenControlApi | undefined;
afterEach(async () => {
  await metrics?.close();
  await rig?.close();
  metrics = rig = undefined;
});

async function open(yaml = ''): Promise<{ readonly rig: ControlApiRig; readonly url: string }> {
  rig = await ControlApiRig.open(`metricsAddress: 127.0.0.1:0\n${yaml}`);
  metrics = await openMetrics(rig.options);
  return { rig, url: metrics.url };
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('answers', () => {
  test('all that gateways hold, as text', async () => {
    const opened = await open('paths: { cam: {} }');
    const first = await opened.rig.gateway('a');
    const second = await opened.rig.gateway('b');
    first.sessions.add(sessionOf(ID, 'rtspSession', '2026-08-22T10:11:13Z'));
    second.sessions.add(sessionOf(OTHER_ID, 'rtspSession', '2026-08-22T10:11:12Z'));
    await opened.rig.publish(first, 'cam', [H264_TRACK]);
    const response = await fetch(`${opened.url}/metrics`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const samples = parseSamples(await response.text());
    // The earliest first.
    expect(samples.filter(({ name }) => name === 'rtsp_sessions').map(({ labels }) => labels['id'])).toEqual([OTHER_ID, ID]);
    expect(samples).toContainEqual({ name: 'paths', labels: { name: 'cam', state: 'ready' }, value: '1' });
    expect(opened.rig.loggedBy('metrics')).toEqual(['info started with listener on 127.0.0.1:0 (TCP/HTTP)']);
  });

  test('a forward that no gateway has taken is idle', async () => {
    const opened = await open("paths: { cam: { forward: [{ dest: 'rtmp://127.0.0.1:1/x' }] } }");
    const samples = parseSamples(await (await fetch(`${opened.url}/metrics?type=forward_dests`)).text());
    const id = opened.rig.control.forwards.of('cam')[0]!.id;
    expect(samples).toEqual([
      { name: 'forward_dests', labels: { id, path: 'cam', protocol: 'rtmp', state: 'idle' }, value: '1' },
      { name: 'forward_dests_outbound_bytes', labels: { id, path: 'cam', protocol: 'rtmp', state: 'idle' }, value: '0' },
    ]);
  });

  test('nothing for a type that is unknown', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/metrics?type=nope`);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, null, '']);
  });

  test.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['POST', '/metrics'],
    ['OPTIONS', '/metrics'],
  ])('404 to %s %s', async (method, path) => {
    const { url } = await open();
    const response = await fetch(url + path, { method });
    expect([response.status, await response.text()]).toEqual([404, '404 page not found']);
  });

  test('an instance that does not answer is named', async () => {
    const opened = await open();
    opened.rig.control.instances.heard(
      { instance: 'rtsp-gone', service: 'rtsp', startedMs: 0, sessionsRevision: 0, draining: false },
      opened.rig.control.clock.nowMs(),
    );
    const response = await fetch(`${opened.url}/metrics`);
    expect([response.status, response.headers.get('x-mediamesh-missing-instances')]).toEqual([200, 'rtsp-gone']);
  });

  test('what instances make of a path is one muxer', () => {
    const row = (id: string, outboundBytes: number) => ({ id, path: 'cam', created: '2026-08-22T10:11:12Z', outboundBytes });
    expect(mergedRows([row('a', 1), row('b', 2)], 'path')).toEqual([{ ...row('a', 3) }]);
  });
});

describe('access', () => {
  test.each([
    ['watcher:secret', 200],
    ['boss:secret', 401],
    ['watcher:wrong', 401],
  ])('%s: %d', async (pair, status) => {
    const opened = await open(USERS);
    const response = await fetch(`${opened.url}/metrics`, { headers: { authorization: basic(pair) } });
    expect(response.status).toBe(status);
    if (status === 200) return;
    expect(await response.json()).toEqual({ status: 'error', error: 'authentication error' });
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(opened.rig.loggedBy('metrics').at(-1)).toMatch(/^warn \[conn 127\.0\.0\.1:\d+\] failed to authenticate: authentication failed$/);
  });

  test('who sends nothing is asked, also for what is not there', async () => {
    const { url } = await open(USERS);
    for (const path of ['/metrics', '/other']) {
      const response = await fetch(url + path);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mediamtx"']);
    }
  });

  test('a preflight request is answered before', async () => {
    const { url } = await open(`${USERS}\nmetricsAllowOrigins: ['https://dash.example.net']`);
    const headers = { origin: 'https://dash.example.net', 'access-control-request-method': 'GET' };
    const response = await fetch(`${url}/metrics`, { method: 'OPTIONS', headers });
    expect([
      response.status,
      response.headers.get('access-control-allow-methods'),
      response.headers.get('access-control-allow-headers'),
    ]).toEqual([204, 'OPTIONS, GET', 'Authorization']);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://dash.example.net');
  });

  test('the address that counts is the client behind a trusted proxy', async () => {
    const users = 'authInternalUsers:\n- user: any\n  ips: [10.1.1.1]\n  permissions:\n  - action: metrics\n';
    const { url } = await open(`${users}metricsTrustedProxies: [127.0.0.1]`);
    expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '10.1.1.1' } })).status).toBe(200);
    expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '10.2.2.2' } })).status).toBe(401);
  });
});

test('a certificate that is not there', async () => {
  rig = await ControlApiRig.open('metricsEncryption: yes\nmetricsAddress: 127.0.0.1:0\nmetricsServerKey: none\nmetricsServerCert: none');
  await expect(openMetrics(rig.options)).rejects.toThrow('metricsServerCert');
});
