import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';
import { playerPage } from './player-page.ts';

let server: TestServer;
afterEach(() => server.close());

test('the page: what the browser may do, and nothing of the request', async () => {
  server = await TestServer.open();
  const page = await server.fetch('/cam/?x=%3Cscript%3Ealert(1)%3C/script%3E');
  expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([200, 'text/html', 'max-age=3600']);
  const text = await page.text();
  expect(text).not.toContain('alert(1)');
  const policy = page.headers.get('content-security-policy')!;
  const inline = [...text.matchAll(/<(script|style)>([^]*?)<\/\1>/gu)].map(([, , content]) => content!);
  expect(inline).toHaveLength(2);
  for (const content of inline) expect(policy).toContain(`'sha256-${createHash('sha256').update(content).digest('base64')}'`);
  expect(policy).not.toContain('unsafe');
});

test('hls.js: without asking who it is, compressed for those who take it', async () => {
  server = await TestServer.open({ authInternalUsers: [{ user: 'me', pass: 'secret', permissions: [{ action: 'read' }] }] });
  expect((await server.fetch('/cam/')).status).toBe(401);
  const { script } = await playerPage();
  for (const [accept, encoding] of [
    ['gzip, br', 'gzip'],
    ['br;q=1, gzip;q=0.5', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0', null],
    ['identity', null],
  ] as const) {
    const response = await server.fetch('/cam/hls.min.js', { headers: { 'accept-encoding': accept } });
    expect([accept, response.status, response.headers.get('content-encoding')]).toEqual([accept, 200, encoding]);
    expect((await response.arrayBuffer()).byteLength).toBe(script.plain.length);
  }
  expect(gunzipSync(script.compressed).equals(script.plain)).toBe(true);
});
