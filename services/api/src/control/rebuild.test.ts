import { expect, test } from 'vitest';
import { REBUILD_DEADLINE_MS, Rebuild } from './rebuild.ts';

function clock() {
  const timers: { atMs: number; callback: () => void }[] = [];
  return {
    nowMs: () => 0,
    after: (delayMs: number, callback: () => void) => {
      const timer = { atMs: delayMs, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    timers,
  };
}

/** Done, with everything told. */
async function isDone(rebuild: Rebuild): Promise<boolean> {
  return Promise.race([rebuild.done, Promise.resolve().then(() => Promise.resolve(false))]);
}

test('nobody to wait for', async () => {
  const rebuild = new Rebuild(clock());
  rebuild.begin([], 0);
  expect(await isDone(rebuild)).toBe(true);
});

test('done when all have told', async () => {
  const time = clock();
  const rebuild = new Rebuild(time);
  rebuild.begin(['a', 'b'], 0);
  rebuild.told('a');
  expect(await isDone(rebuild)).toBe(false);
  rebuild.told('b');
  expect(await isDone(rebuild)).toBe(true);
  expect(time.timers).toEqual([]);
});

test('done when the time is over', async () => {
  const time = clock();
  const rebuild = new Rebuild(time);
  rebuild.begin(['a'], 0);
  expect(time.timers.map(({ atMs }) => atMs)).toEqual([REBUILD_DEADLINE_MS]);
  time.timers[0]!.callback();
  expect(await rebuild.done).toBe(false);
});

test('who knows nobody listens first, and waits for those it hears', async () => {
  const time = clock();
  const rebuild = new Rebuild(time);
  rebuild.begin([], 1_000);
  expect(await isDone(rebuild)).toBe(false);
  rebuild.heard('a');
  const listened = time.timers.find(({ atMs }) => atMs === 1_000)!;
  listened.callback();
  expect(await isDone(rebuild)).toBe(false);
  rebuild.told('a');
  expect(await isDone(rebuild)).toBe(true);
});

test('another begin lets go of what waits', async () => {
  const rebuild = new Rebuild(clock());
  rebuild.begin(['a'], 1_000);
  const former = rebuild.done;
  rebuild.begin(['a'], 0);
  expect(await former).toBe(false);
  expect(await isDone(rebuild)).toBe(false);
});
