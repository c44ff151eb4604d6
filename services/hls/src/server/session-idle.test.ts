import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';

let server: TestServer;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

test('a session that asks for nothing for 30 s is over; one that asks stays', async () => {
  server = await TestServer.open();
  const publisher = await server.publish('cam', 12);
  const open = async (): Promise<string> => {
    const index = await (await server.fetch('/cam/index.m3u8?cookieCheck=1')).text();
    return `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(index)![0]}`;
  };
  const [busy, idle] = [await open(), await open()];
  vi.advanceTimersByTime(25_000);
  expect((await server.fetch(busy)).status).toBe(200);
  expect(server.log.filter((line) => line.includes('closed: inactive'))).toEqual([]);
  vi.advanceTimersByTime(15_000);
  expect(server.log.filter((line) => line.includes('closed: inactive'))).toHaveLength(1);
  expect([(await server.fetch(busy)).status, (await server.fetch(idle)).status]).toEqual([200, 401]);
  await publisher.close();
});
