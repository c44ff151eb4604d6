import { sessionKick } from '@mediamesh/contracts';
import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

let server: TestServer;
afterEach(() => server.close());

const INDEX = '/cam/index.m3u8?cookieCheck=1';

/** The media playlist of a new session, with its query. */
async function openSession(): Promise<string> {
  const index = await (await server.fetch(INDEX, { headers: { 'user-agent': 'test' } })).text();
  return `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(index)![0]}`;
}

const statusAt = async (base: string, uri: string): Promise<number> => (await fetch(base + uri)).status;

test('a session that one gateway opened is served by another, with the same bytes, until it is kicked', async () => {
  server = await TestServer.open();
  const replica = await server.replica();
  const publisher = await server.publish('cam', 12);
  const uri = await openSession();
  const answers = await Promise.all([server.service.url!, replica.url!].map(async (base) => (await fetch(base + uri)).text()));
  expect(answers[0]).toContain('#EXTINF');
  expect(answers[1]).toBe(answers[0]);
  expect(server.log.filter((line) => line.includes("is reading from muxer 'cam', opened at another gateway"))).toHaveLength(1);
  // Both know it now.
  const secret = uri.split('session=')[1]!;
  const known = [server.service, replica].map((service) => service.findSession(secret, 'cam', '127.0.0.1'));
  expect(known[0]).toMatchObject({ query: '', user: '', userAgent: 'test' });
  expect(known[1]).toEqual(known[0]);
  const { replies } = await server.client.gather(sessionKick, { kind: 'hlsSession', id: known[0]!.id }, { deadlineMs: 500 });
  expect(replies.filter(({ reply }) => reply.found)).toHaveLength(2);
  expect([await statusAt(server.service.url!, uri), await statusAt(replica.url!, uri)]).toEqual([401, 401]);
  await publisher.close();
});

test('requests that come at once, before the session is known, are one session', async () => {
  server = await TestServer.open();
  const replica = await server.replica();
  const publisher = await server.publish('cam', 12);
  const uri = await openSession();
  const statuses = await Promise.all(Array.from({ length: 5 }, () => statusAt(replica.url!, uri)));
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
  expect(server.log.filter((line) => line.includes('opened at another gateway'))).toHaveLength(1);
  await publisher.close();
});

test.each([
  ['of another path', 'other', ''],
  ['that nobody opened', 'cam', crypto.randomUUID()],
  ['that is none', 'cam', 'x'],
])('a session %s is refused', async (_, path, session) => {
  server = await TestServer.open();
  const replica = await server.replica();
  const publisher = await server.publish('cam', 12);
  const secret = session === '' ? (await openSession()).split('session=')[1]! : session;
  expect(await statusAt(replica.url!, `/${path}/audio1_stream.m3u8?session=${secret}`)).toBe(401);
  await publisher.close();
});

test('who knows the secret of a CDN is served by a gateway that it never asked for the index', async () => {
  server = await TestServer.open({ hlsCDNSecret: 'cdn' });
  const publisher = await server.publish('cam', 12);
  const headers = { authorization: 'Bearer cdn' };
  expect((await server.fetch('/cam/audio1_stream.m3u8', { headers })).status).toBe(200);
  expect((await server.fetch('/nowhere/audio1_stream.m3u8', { headers })).status).toBe(401);
  await publisher.close();
});
