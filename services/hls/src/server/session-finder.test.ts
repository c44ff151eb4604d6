import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.cases.ts';
import { MAX_LOOKUPS } from './session-finder.ts';

let server: TestServer;
afterEach(() => server.close());

test('so many sessions are looked for at once, and not one more', async () => {
  server = await TestServer.open();
  const find = (): Promise<unknown> => server.service.finder.find(crypto.randomUUID(), 'cam', '127.0.0.1');
  const results = await Promise.allSettled(Array.from({ length: MAX_LOOKUPS + 1 }, find));
  expect(results.slice(0, MAX_LOOKUPS).filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(results[MAX_LOOKUPS]).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
  expect(await find()).toBeUndefined();
});
