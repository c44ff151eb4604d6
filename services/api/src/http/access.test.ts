import { hostname } from 'node:os';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ControlApiRig, sessionOf } from './control-api-rig.cases.ts';

let rig: ControlApiRig;
afterEach(() => rig.close());

const ID = '00000000-0000-4000-8000-000000000001';
const KICK = `/v3/rtspsessions/kick/${ID}`;
const USERS = `
authInternalUsers:
- user: boss
  pass: secret
  permissions:
  - action: api
- user: viewer
  pass: secret
  permissions:
  - action: read
`;

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('authentication', () => {
  test('without credentials they are asked for, at once and silently', async () => {
    rig = await ControlApiRig.open(USERS);
    for (const path of ['/v3/info', '/v3/paths/list', '/v3/none', '/']) {
      const response = await rig.fetch(path);
      expect([path, response.status, await response.json()]).toEqual([path, 401, { status: 'error', error: 'authentication error' }]);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="mediamtx"');
    }
    expect(rig.logged.filter((line) => !line.startsWith('info '))).toEqual([]);
  });

  test.each([basic('boss:secret'), 'Bearer boss:secret', 'basic Ym9zczpzZWNyZXQ='])('%s is let in', async (authorization) => {
    rig = await ControlApiRig.open(USERS);
    expect((await rig.fetch('/v3/info', { headers: { authorization } })).status).toBe(200);
  });

  test('wrong ones are refused and logged, without a question', async () => {
    rig = await ControlApiRig.open(USERS);
    const refused = [basic('boss:wrong'), 'Bearer token', basic('viewer:secret')];
    const responses = await Promise.all(refused.map((authorization) => rig.fetch('/v3/info', { headers: { authorization } })));
    for (const response of responses) {
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, null]);
      expect(await response.json()).toEqual({ status: 'error', error: 'authentication error' });
    }
    const warned = rig.logged.filter((line) => line.startsWith('warn '));
    expect(warned).toHaveLength(refused.length);
    for (const line of warned) expect(line).toMatch(/^warn \[conn 127\.0\.0\.1:\d+\] failed to authenticate: authentication failed$/);
  });

  test('the address that counts is the client behind a trusted proxy', async () => {
    const users = 'authInternalUsers:\n- user: any\n  ips: [10.1.1.1]\n  permissions:\n  - action: api\n';
    rig = await ControlApiRig.open(`${users}apiTrustedProxies: [127.0.0.1]`);
    const status = async (forwarded: string): Promise<number> =>
      (await rig.fetch('/v3/info', { headers: { 'x-forwarded-for': forwarded } })).status;
    expect(await status('10.1.1.1')).toBe(200);
    expect(await status('10.1.1.1, 10.2.2.2')).toBe(401);
  });

  test('other proxies are not believed', async () => {
    const users = 'authInternalUsers:\n- user: any\n  ips: [10.1.1.1]\n  permissions:\n  - action: api\n';
    rig = await ControlApiRig.open(users);
    expect((await rig.fetch('/v3/info', { headers: { 'x-forwarded-for': '10.1.1.1' } })).status).toBe(401);
  });
});

describe('routes that are not there', () => {
  test.each([
    ['GET', '/v3/none'],
    ['GET', '/'],
    ['POST', '/v3/info'],
    ['HEAD', '/v3/info'],
    ['OPTIONS', '/v3/info'],
    ['GET', '/v3/paths/list/more'],
    ['GET', '/v3/rtspconns/get/'],
  ])('%s %s', async (method, path) => {
    rig = await ControlApiRig.open();
    const response = await rig.fetch(path, { method });
    expect(response.status).toBe(404);
    if (method !== 'HEAD') expect(await response.text()).toBe('404 page not found');
    expect(response.headers.get('content-type')).toBe('text/plain');
  });
});

describe('pages of other origins', () => {
  test('a preflight request needs no credentials', async () => {
    rig = await ControlApiRig.open(USERS);
    const response = await rig.fetch('/v3/info', { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toBe('OPTIONS, GET, POST, PATCH, DELETE');
    expect(response.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
  });

  test('answers, refusals too, say who may read them', async () => {
    rig = await ControlApiRig.open(`${USERS}apiAllowOrigins: [https://ui.example.com]`);
    for (const [origin, allowed] of [
      ['https://ui.example.com', 'https://ui.example.com'],
      ['https://ui.example.com:444', null],
    ] as const) {
      const response = await rig.fetch('/v3/info', { headers: { origin } });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, allowed]);
    }
  });

  const LISTED = "apiAllowOrigins: ['*', 'https://ui.example.com', 'https://*.example.org', 'http://*']";

  test.each([
    ['no browser', {}, 200],
    ['same origin', { origin: 'http://HOST' }, 200],
    ['same origin, localhost', { host: 'localhost:80', origin: 'http://localhost' }, 200],
    ['same origin, name of the machine', { host: `${hostname()}:9997`, origin: `http://${hostname()}:9997` }, 200],
    ['same origin, behind TLS', { host: 'ui.example.com', origin: 'https://ui.example.com' }, 200],
    ['listed origin', { origin: 'https://ui.example.com' }, 200],
    ['origin of a listed pattern', { origin: 'https://a.example.org' }, 200],
    ['same origin by the browser', { 'sec-fetch-site': 'same-origin' }, 200],
    ['origin that only * allows', { origin: 'https://evil.example.net' }, 403],
    ['origin that only http://* allows', { origin: 'http://evil.example.net' }, 403],
    ['port of its own', { origin: 'http://127.0.0.1:1' }, 403],
    ['opaque origin', { origin: 'null' }, 403],
    ['form of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['host that a page made up', { host: 'evil.example.net:9997', origin: 'http://evil.example.net:9997' }, 403],
    ['listed origin, host that is not', { host: 'evil.example.net', origin: 'https://ui.example.com' }, 403],
  ] as const)('a change from: %s', async (_, headers, status) => {
    rig = await ControlApiRig.open(LISTED);
    const kicked: string[] = [];
    (await rig.gateway('a')).sessions.add(sessionOf(ID, 'rtspSession', '2026-01-01T00:00:00Z', kicked));
    expect(await send(rig.api.url, headers)).toBe(status);
    expect(kicked).toHaveLength(status === 200 ? 1 : 0);
  });

  test('reading is not a change', async () => {
    rig = await ControlApiRig.open();
    expect((await rig.fetch('/v3/info', { headers: { origin: 'https://evil.example.net' } })).status).toBe(200);
  });

  test.each([
    ['application/json', true, 404],
    ['application/json; charset=utf-8', true, 404],
    ['text/plain', true, 415],
    ['application/x-www-form-urlencoded', true, 415],
    ['application/x-www-form-urlencoded', false, 404],
  ])('a body of type %s, from a browser: %s', async (type, isBrowser, status) => {
    rig = await ControlApiRig.open();
    const headers = { 'content-type': type, ...(isBrowser ? { origin: rig.api.url } : {}) };
    expect((await rig.fetch(KICK, { method: 'POST', body: '{}', headers })).status).toBe(status);
  });
});

/** `fetch` sets Host by itself. */
function send(url: string, headers: Record<string, string>): Promise<number> {
  const { host } = new URL(url);
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]));
  return new Promise((resolve, reject) => {
    httpRequest(`${url}${KICK}`, { method: 'POST', headers: filled }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('keys of tokens are fetched anew when that is asked for, with any method', async () => {
  rig = await ControlApiRig.open();
  const response = await rig.fetch('/v3/auth/jwks/refresh', { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  expect((await rig.fetch('/v3/auth/jwks/refresh')).status).toBe(404);
});
