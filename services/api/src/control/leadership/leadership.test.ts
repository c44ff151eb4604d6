import { expect, test, vi } from 'vitest';
import { Leadership } from './leadership.ts';
import { LEASE_TTL_MS, RENEW_INTERVAL_MS } from './lease.ts';
import type { LeaseStore } from './lease.ts';

/** A lease that one holder has, and that can be taken from it. */
class TestStore implements LeaseStore {
  revision = 0;
  free = true;
  away = false;
  released = 0;

  async take(): Promise<number | undefined> {
    this.assertThere();
    if (!this.free) return undefined;
    this.free = false;
    return ++this.revision;
  }

  async renew(_holder: string, revision: number): Promise<number | undefined> {
    this.assertThere();
    return revision === this.revision ? ++this.revision : undefined;
  }

  async release(revision: number): Promise<void> {
    this.released = revision;
  }

  private assertThere(): void {
    if (this.away) throw new Error('no connection');
  }
}

function leadership(
  store: LeaseStore,
  lead: () => Promise<void> = async () => {},
): { it: Leadership; done: string[]; advance: (ms: number) => Promise<void> } {
  const done: string[] = [];
  const it = new Leadership({
    store,
    holder: 'a',
    nowMs: () => Date.now(),
    lead: async (revision) => {
      done.push(`lead ${revision}`);
      await lead();
    },
    stepDown: async (why) => void done.push(`step down: ${why}`),
    log: (level, message) => done.push(`${level} ${message}`),
  });
  return { it, done, advance: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)) };
}

test('takes the lease, keeps it, loses it, takes it again, and gives it back', async () => {
  vi.useFakeTimers();
  const store = new TestStore();
  const { it, done, advance } = leadership(store);
  it.start();
  await advance(3 * RENEW_INTERVAL_MS);
  expect([it.leads, store.revision]).toEqual([true, 4]);
  store.revision = 90;
  await advance(RENEW_INTERVAL_MS);
  expect(it.leads).toBe(false);
  store.free = true;
  await advance(RENEW_INTERVAL_MS);
  await it.stop();
  expect(done).toEqual(['lead 1', 'step down: another replica has the lease', 'lead 91', 'step down: ending']);
  expect(store.released).toBe(91);
  vi.useRealTimers();
});

test('a store that is away is said once; too long, and it leads no longer', async () => {
  vi.useFakeTimers();
  const store = new TestStore();
  const { it, done, advance } = leadership(store);
  it.start();
  await advance(0);
  store.away = true;
  await advance(2 * RENEW_INTERVAL_MS);
  expect(it.leads).toBe(true);
  await advance(RENEW_INTERVAL_MS);
  expect(it.leads).toBe(false);
  store.away = false;
  await advance(RENEW_INTERVAL_MS);
  await it.stop();
  expect(done).toEqual([
    'lead 1',
    'warn the store of the lease does not answer: no connection',
    'step down: the lease could not be renewed',
    'info the store of the lease is there again',
  ]);
  vi.useRealTimers();
});

test('a failure to tell that it leads does not end the keeping of the lease', async () => {
  vi.useFakeTimers();
  const store = new TestStore();
  const { it, done, advance } = leadership(store, () => Promise.reject(new Error('disconnected')));
  it.start();
  await advance(2 * RENEW_INTERVAL_MS);
  expect([it.leads, store.revision]).toEqual([true, 3]);
  await it.stop();
  expect(done).toEqual(['lead 1', 'warn to lead took no effect everywhere: disconnected', 'step down: ending']);
  vi.useRealTimers();
});

test.each(['fails', 'is silent'])('a store that %s: the leader steps down before another can lead', async (how) => {
  vi.useFakeTimers();
  const store = new TestStore();
  const { it, done, advance } = leadership(store);
  it.start();
  await advance(RENEW_INTERVAL_MS);
  if (how === 'fails') store.away = true;
  else store.renew = () => new Promise(() => {});
  await advance(LEASE_TTL_MS);
  expect(it.leads).toBe(false);
  expect(done).toContain('step down: the lease could not be renewed');
  await it.stop();
  vi.useRealTimers();
});
