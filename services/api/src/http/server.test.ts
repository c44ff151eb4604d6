import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '@mediamesh/http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ControlApiRig } from './control-api-rig.cases.ts';

const KICK = '/v3/rtspsessions/kick/00000000-0000-4000-8000-000000000001';

let folder: string;
let rig: ControlApiRig | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-api-server-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-subj', '/CN=localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '1', ...files], { stdio: 'ignore' });
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function open(yaml = ''): Promise<ControlApiRig> {
  rig = await ControlApiRig.open(yaml);
  return rig;
}

/** Everything that the server sends on a connection until it closes it. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('limits', () => {
  test('bodies at the limit, and one byte more', async () => {
    const { api } = await open();
    const post = async (body: Uint8Array<ArrayBuffer>): Promise<number> =>
      (await fetch(`${api.url}${KICK}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status;
    expect(await post(new Uint8Array(MAX_BODY_BYTES))).toBe(404);
    expect(await post(new Uint8Array(MAX_BODY_BYTES + 1))).toBe(400);
  });

  test('a body without a length is counted', async () => {
    const { api } = await open();
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${api.url}${KICK}`, { method: 'POST' }, (response) => resolve(response.statusCode ?? 0));
      request.on('error', reject);
      for (let sent = 0; sent <= MAX_BODY_BYTES; sent += 65_536) request.write(new Uint8Array(65_536));
    });
    expect(status).toBe(400);
  });

  test('headers', async () => {
    const { api } = await open();
    const text = await exchange(api.url, `GET /v3/info HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(MAX_HEADER_BYTES)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 .*\r\nServer: mediamtx\r\n/);
  });

  test.each([
    ['headers that do not end', 'GET /v3/info HTTP/1.1\r\nHost: x\r\n'],
    ['a body that does not come', `POST ${KICK} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab`],
  ])('%s', async (_, bytes) => {
    const { api } = await open('readTimeout: 1s');
    expect(await exchange(api.url, bytes)).toMatch(/^HTTP\/1\.1 408 .*\r\nServer: mediamtx\r\n/);
  });

  test.each([
    ['nonsense\r\n\r\n', 400],
    ['GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['GET /v3/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 200],
    ['GET /v3/info HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc', 200],
  ])('%j', async (bytes, status) => {
    const { api } = await open();
    const text = await exchange(api.url, bytes);
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).toContain('Server: mediamtx\r\n');
  });
});

describe('listeners', () => {
  test('a unix socket, whose clients have no address', async () => {
    const path = join(folder, 'api.sock');
    const { api } = await open(`apiAddress: unix://${path}\nauthInternalUsers:\n- user: any\n  permissions:\n  - action: api`);
    expect([api.url, statSync(path).mode & 0o777]).toEqual([path, 0o755]);
    expect(await statusOf({ socketPath: path })).toBe(200);
  });

  test('the default users are limited to loopback, so not on a unix socket', async () => {
    const path = join(folder, 'default.sock');
    await open(`apiAddress: unix://${path}`);
    expect(await statusOf({ socketPath: path })).toBe(401);
  });

  test('TLS, with HTTP/1.1 and HTTP/2', async () => {
    const { api, logged } = await open(
      `apiEncryption: yes\napiServerKey: ${join(folder, 'key.pem')}\napiServerCert: ${join(folder, 'cert.pem')}`,
    );
    expect(api.url).toMatch(/^https:/);
    expect(logged).toContain('info started with listener on 127.0.0.1:0 (TCP/HTTPS)');
    const version = await new Promise<unknown>((resolve, reject) => {
      const request = httpsRequest(`${api.url}/v3/info`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve([response.statusCode, response.httpVersion, response.headers['server']]);
      });
      request.on('error', reject).end();
    });
    expect(version).toEqual([200, '1.1', 'mediamtx']);
    expect(await http2Answer(api.url, { ':path': '/v3/info' })).toMatchObject({ ':status': 200, server: 'mediamtx' });
    expect(await http2Answer(api.url, { ':path': KICK, ':method': 'POST', origin: api.url }, '{')).toMatchObject({ ':status': 415 });
    expect(await http2Answer(api.url, { ':path': KICK, ':method': 'POST', origin: 'https://evil.example.net' })).toMatchObject({
      ':status': 403,
    });
  });

  test('an address that is taken', async () => {
    const { api } = await open();
    await expect(ControlApiRig.open(`apiAddress: ${new URL(api.url).host}`)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('apiAddress') as string,
    });
  });

  test('a certificate that is not there', async () => {
    await expect(ControlApiRig.open('apiEncryption: yes\napiServerKey: none\napiServerCert: none')).rejects.toThrow('apiServerCert');
  });

  test('closing ends what is on its way, and idle connections', async () => {
    const open = await ControlApiRig.open();
    open.control.instances.heard(
      { instance: 'rtsp-gone', service: 'rtsp', startedMs: 0, sessionsRevision: 0, draining: false },
      open.control.clock.nowMs(),
    );
    await (await open.fetch('/v3/info')).text();
    const asked = open.asked('sessions.list');
    const pending = open.fetch('/v3/paths/list');
    await asked;
    const closed = open.close();
    const response = await pending;
    expect([response.status, await response.json()]).toEqual([500, { status: 'error', error: 'terminated' }]);
    await closed;
  });
});

describe('failures that nobody expects', () => {
  test('are answered without details, and logged with them', async () => {
    const { api, control } = await open();
    Object.defineProperty(control, 'config', {
      get: () => {
        throw new Error('secret detail');
      },
    });
    const response = await fetch(`${api.url}/v3/config/global/get`);
    expect([response.status, await response.json()]).toEqual([500, { status: 'error', error: 'internal server error' }]);
    expect(rig?.logged.some((line) => line.startsWith('error GET /v3/config/global/get failed: Error: secret detail'))).toBe(true);
  });
});

function statusOf(options: { socketPath: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...options, path: '/v3/info' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

function http2Answer(url: string, headers: Record<string, string>, body?: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(url, { rejectUnauthorized: false });
    session.on('error', reject);
    const stream = session.request(headers, { endStream: false });
    stream.on('error', reject);
    stream.on('response', (answer) => {
      stream.resume();
      stream.on('end', () => session.close(() => resolve(answer)));
    });
    stream.end(body);
  });
}
