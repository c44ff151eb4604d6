import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 20_000;
const INDEX = '/cam/index.m3u8?cookieCheck=1';

let server: TestServer;
let lifetime: Lifetime;

beforeEach(async () => {
  lifetime = new Lifetime();
  server = await TestServer.open({ readTimeout: '1s' });
});
afterEach(async () => {
  await lifetime.end();
  await server.close();
});

/** A connection that says this, and keeps what it is told. */
function client(text: string): { readonly socket: Socket; readonly answer: () => string } {
  const { hostname, port } = new URL(server.service.url!);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
  socket.on('error', () => {}); // reset: that is an answer, too
  socket.write(text);
  lifetime.own({ close: () => socket.destroy() });
  return { socket, answer: () => answer };
}

const isClosed = ({ socket }: { readonly socket: Socket }): boolean => socket.destroyed || socket.readableEnded;

describe('hostile clients', () => {
  test('requests that never end are cut off, and nobody else waits for them', async () => {
    const publisher = await server.publish('cam', 12);
    const slow = Array.from({ length: 200 }, (_, index) => client(`GET /cam/index.m3u8 HTTP/1.1\r\nHost: x\r\nX-${index}: `));
    const dripping = setInterval(() => slow.forEach(({ socket }) => socket.writable && socket.write('x')), 100);
    lifetime.own({ close: () => clearInterval(dripping) });
    expect((await server.fetch(INDEX)).status).toBe(200);
    await waitFor(() => slow.every(isClosed), { deadlineMs: DEADLINE_MS, what: 'all of them to be cut off' });
    expect((await server.fetch(INDEX)).status).toBe(200);
    await publisher.close();
  });

  test('a query of 10 MB is refused before it is there', async () => {
    const publisher = await server.publish('cam', 12);
    const before = process.memoryUsage().rss;
    const huge = Array.from({ length: 5 }, () => client(`GET /cam/index.m3u8?x=${'y'.repeat(10_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`));
    await waitFor(() => huge.every(isClosed), { deadlineMs: DEADLINE_MS, what: 'all of them to be refused' });
    for (const { answer } of huge) expect(answer()).toMatch(/^(HTTP\/1\.1 431 |$)/u);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000); // the clients' own text is in it
    expect((await server.fetch(INDEX)).status).toBe(200);
    await publisher.close();
  });

  test.each(['/../../etc/passwd', '/cam/%2e%2e/%2e%2e/etc/passwd', '/cam/..%2f..%2fetc/passwd', '/cam/\0/index.m3u8'])(
    'nothing but what is served is found at %j',
    async (path) => {
      const publisher = await server.publish('cam', 12);
      const asking = client(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await waitFor(() => isClosed(asking), { deadlineMs: DEADLINE_MS, what: 'the answer' });
      expect(asking.answer()).toMatch(/^HTTP\/1\.1 (302|400|401|404|500) /u);
      expect(asking.answer()).not.toContain('root:');
      await publisher.close();
    },
  );
});
