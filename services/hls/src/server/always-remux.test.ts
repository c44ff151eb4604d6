import { sessionKick, sessionsList } from '@mediamesh/contracts';
import { waitFor } from '@mediamesh/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TRACKS, TestServer } from '../testing/test-server.cases.ts';

const LOOK_INTERVAL_MS = 10_000;
let server: TestServer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const count = (text: string): number => server.log.filter((line) => line.includes(text)).length;
const logged = (text: string, times = 1): Promise<unknown> =>
  waitFor(() => count(text) === times, { what: `${times} times: ${text}; ${server.log.join('\n')}`, deadlineMs: 10_000 });

test('a muxer comes and goes with the stream', async () => {
  server = await TestServer.open({ hlsAlwaysRemux: true });
  const publisher = await server.publish('cam', 9);
  await logged('[HLS] [muxer cam] is converting into HLS, 1 track (Opus)');
  expect(count('[HLS] [muxer cam] created automatically')).toBe(1);
  expect((await server.fetch('/cam/index.m3u8?cookieCheck=1')).status).toBe(200);
  await publisher.close();
  await logged('[muxer cam] destroyed');
});

test('a gateway that starts later converts what is there', async () => {
  server = await TestServer.open({ hlsAlwaysRemux: true });
  await server.publish('a', 9);
  await server.publish('b', 9);
  await logged('is converting into HLS', 2);
  await server.replica();
  await logged('[muxer a] is converting into HLS', 2);
  await logged('[muxer b] is converting into HLS', 2);
});

test('a muxer that has failed is opened again', async () => {
  server = await TestServer.open({ hlsAlwaysRemux: true });
  await server.publish('cam', 9);
  await logged('is converting into HLS');
  const list = { kinds: ['hlsMuxer' as const], paths: false, page: 0 };
  const { replies } = await server.client.gather(sessionsList, list, { deadlineMs: 5_000, expect: [server.gateway.instance] });
  const id = replies[0]!.reply.sessions[0]!.row.id;
  await server.client.gather(sessionKick, { kind: 'hlsMuxer', id }, { deadlineMs: 5_000, expect: [server.gateway.instance] });
  await logged('[muxer cam] destroyed');
  vi.advanceTimersByTime(LOOK_INTERVAL_MS);
  await logged('is converting into HLS', 2);
});

test('a stream without anything for HLS is tried once', async () => {
  server = await TestServer.open({ hlsAlwaysRemux: true });
  await server.publish('cam', 1, TRACKS.vp8);
  await logged('[muxer cam] destroyed');
  await server.publish('other', 9);
  vi.advanceTimersByTime(LOOK_INTERVAL_MS);
  await logged('[muxer other] is converting');
  expect(count('[muxer cam] created')).toBe(1);
});
