import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { Lifetime, TemporaryFolder, createCertificate } from '@mediamesh/testkit';
import type { Certificate } from '@mediamesh/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

const INDEX = '/cam/index.m3u8?cookieCheck=1';
const SECOND_PROXY = '10.0.0.2';

let server: TestServer;
let lifetime: Lifetime;

beforeEach(() => (lifetime = new Lifetime()));
afterEach(async () => {
  await lifetime.end();
  await server.close();
});

interface SecureAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

describe('over TLS', () => {
  const folder = new TemporaryFolder();
  let certificate: Certificate;
  let ca: Buffer;

  beforeAll(async () => {
    certificate = await createCertificate(folder);
    ca = readFileSync(certificate.certificateFile);
  });
  afterAll(() => folder.close());

  const openSecure = async (): Promise<void> => {
    const { keyFile, certificateFile } = certificate;
    server = await TestServer.open({ hlsEncryption: true, hlsServerKey: keyFile, hlsServerCert: certificateFile });
    expect(server.service.url).toMatch(/^https:/u);
    lifetime.own(await server.publish('cam', 9.5));
  };

  const over1 = (path: string): Promise<SecureAnswer> =>
    new Promise((resolve, reject) => {
      httpsRequest(server.service.url! + path, { ca }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }));
      })
        .on('error', reject)
        .end();
    });

  const over2 = (session: ClientHttp2Session, path: string): Promise<SecureAnswer> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path });
      const chunks: Buffer[] = [];
      stream.on('response', (headers) => {
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => resolve({ status: headers[':status']!, headers, body: Buffer.concat(chunks) }));
      });
      stream.on('error', reject);
    });

  test('HTTP/1.1 and HTTP/2: the same playlists, the same bytes', async () => {
    await openSecure();
    const session = connectHttp2(server.service.url!, { ca });
    lifetime.own({ close: () => session.destroy() });
    const index = await over2(session, INDEX);
    expect([index.status, index.headers['server'], session.alpnProtocol]).toEqual([200, 'mediamtx', 'h2']);
    const uri = `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(index.body.toString())![0]}`;
    const playlists = [await over1(uri), await over2(session, uri)];
    expect(playlists.map(({ status, headers }) => [status, headers['content-type'], headers['cache-control']])).toEqual(
      playlists.map(() => [200, 'application/vnd.apple.mpegurl', 'private, no-cache']),
    );
    expect(playlists[1]!.body).toEqual(playlists[0]!.body);
    const file = `/cam/${/^\S+_seg\d+\.mp4\S*/mu.exec(playlists[0]!.body.toString())![0]}`;
    const files = [await over1(file), await over2(session, file)];
    expect(files[0]!.body.length).toBeGreaterThan(100);
    expect(files[1]!.body).toEqual(files[0]!.body);
    expect(Number(files[1]!.headers['content-length'])).toBe(files[0]!.body.length);
  });

  test('requests of one HTTP/2 connection do not wait for one that blocks', async () => {
    server = await TestServer.open({
      hlsEncryption: true,
      hlsServerKey: certificate.keyFile,
      hlsServerCert: certificate.certificateFile,
    });
    const publisher = await server.publish('cam', 9.5);
    lifetime.own(publisher);
    const session = connectHttp2(server.service.url!, { ca });
    lifetime.own({ close: () => session.destroy() });
    const index = await over2(session, INDEX);
    const uri = `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(index.body.toString())![0]}`;
    let answered = false;
    const reload = over2(session, `${uri}&_HLS_msn=16&_HLS_part=3`).then((answer) => {
      answered = true;
      return answer;
    });
    const other = await over2(session, uri);
    expect([other.status, answered]).toEqual([200, false]);
    publisher.write(0.5);
    expect((await reload).status).toBe(200);
  });
});

describe('a session belongs to the address that opened it', () => {
  const openAs = async (forwardedFor: string): Promise<string> => {
    const index = await server.fetch(INDEX, { headers: { 'x-forwarded-for': forwardedFor } });
    return `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(await index.text())![0]}`;
  };
  const statusAs = async (uri: string, forwardedFor: string): Promise<number> =>
    (await server.fetch(uri, { headers: { 'x-forwarded-for': forwardedFor } })).status;

  test('behind a trusted proxy, that is whom it names', async () => {
    server = await TestServer.open({ hlsTrustedProxies: ['127.0.0.1', SECOND_PROXY] });
    lifetime.own(await server.publish('cam', 12));
    const uri = await openAs('192.0.2.7');
    expect(server.log.some((line) => /\[session [\da-f]{8}\] created by 192\.0\.2\.7:\d+$/u.test(line))).toBe(true);
    expect(await statusAs(uri, '192.0.2.7')).toBe(200);
    expect(await statusAs(uri, `192.0.2.7, ${SECOND_PROXY}`)).toBe(200);
    expect(await statusAs(uri, '192.0.2.8')).toBe(401);
    // What a client writes itself stands before what the proxy adds.
    expect(await statusAs(uri, '192.0.2.7, 192.0.2.8')).toBe(401);
  });

  test('from elsewhere the header says nothing', async () => {
    server = await TestServer.open({ hlsTrustedProxies: ['192.0.2.1'] });
    lifetime.own(await server.publish('cam', 12));
    const uri = await openAs('192.0.2.7');
    expect(server.log.some((line) => /\[session [\da-f]{8}\] created by 127\.0\.0\.1:\d+$/u.test(line))).toBe(true);
    expect(await statusAs(uri, '192.0.2.8')).toBe(200);
  });
});

describe('scripts of other origins', () => {
  const PREFLIGHT = { origin: 'https://page.example', 'access-control-request-method': 'GET' };

  test('those that are listed are told so, before anybody asks who they are', async () => {
    server = await TestServer.open({ hlsAllowOrigins: ['https://page.example'], authInternalUsers: [] });
    const preflight = await server.fetch('/cam/index.m3u8', { method: 'OPTIONS', headers: PREFLIGHT });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': 'https://page.example',
      'access-control-allow-methods': 'OPTIONS, GET',
      'access-control-allow-headers': 'Authorization, Range',
    });
    const refused = await server.fetch(INDEX, { headers: { origin: 'https://page.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://page.example']);
  });

  test.each([
    ['https://other.example', null],
    ['http://page.example', null],
  ])('%s is not', async (origin, allowed) => {
    server = await TestServer.open({ hlsAllowOrigins: ['https://page.example'] });
    expect((await server.fetch('/cam/', { headers: { origin } })).headers.get('access-control-allow-origin')).toBe(allowed);
  });

  test('by default everybody is', async () => {
    server = await TestServer.open();
    expect((await server.fetch('/cam/', { headers: { origin: 'https://any.example' } })).headers.get('access-control-allow-origin')).toBe(
      '*',
    );
  });
});
