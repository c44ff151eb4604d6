import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { decodePathPatch, nodeFromJson, patchGlobal, removePath, replacePath } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import { ConfigRevisions, StoreError } from '@mediamesh/store';
import type { RevisionCause } from '@mediamesh/store';
import { PostgresServer, TemporaryFolder } from '@mediamesh/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigStore } from './config-store.ts';
import type { ConfigEdit } from './config-store.ts';

const DEADLINE = { timeout: 10_000 };
const CAUSE: RevisionCause = { origin: 'api', user: 'me', address: '127.0.0.1', detail: 'PATCH x' };

let folder: TemporaryFolder;
let stores: ConfigStore[] = [];
const lines: string[] = [];

beforeEach(() => {
  folder = new TemporaryFolder();
  lines.length = 0;
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  folder.close();
});

const state = (): string => folder.file('state');
const write = (yaml: string, database?: string): string =>
  folder.write('mediamtx.yml', `${yaml}\n${database === undefined ? `stateDirectory: ${state()}` : `databaseURL: ${database}`}\n`);

/** A server that starts, on the same file. */
async function start(changed: (config: Config) => void = () => {}): Promise<ConfigStore> {
  const store: ConfigStore = new ConfigStore({
    file: folder.file('mediamtx.yml'),
    environment: {},
    log: (level, message) => lines.push(`${level} ${message}`),
    changed: () => changed(store.current),
  });
  stores.push(store);
  await store.prepare(); // as every process does: the thread of its database is there then
  await store.begin();
  store.watch();
  return store;
}

/** As a crash: nothing is written at the end. */
async function stop(store: ConfigStore): Promise<void> {
  await store.close();
  stores = stores.filter((other) => other !== store);
}

const setReadTimeout =
  (ms: number): ConfigEdit =>
  (document) =>
    patchGlobal(document, { readTimeout: ms });
const setPath =
  (name: string, keys: object = {}): ConfigEdit =>
  (document) =>
    replacePath(document, name, decodePathPatch(nodeFromJson(keys)));
const deletePath =
  (name: string): ConfigEdit =>
  (document) =>
    removePath(document, name);
const numbers = async (store: ConfigStore): Promise<readonly string[]> =>
  (await (await store.history())!.list({ skip: 0, take: 100 })).revisions.map(({ number, origin }) => `${number} ${origin}`);

test('what the API changed is there after a restart', async () => {
  write('paths: {a: , b: {maxReaders: 1}}');
  const first = await start();
  expect(existsSync(state())).toBe(false); // nothing is written for those who change nothing
  await first.change(setReadTimeout(20_000), CAUSE);
  await first.change(setPath('c', { maxReaders: 7 }), CAUSE);
  await first.change(deletePath('b'), CAUSE);
  await stop(first);
  const second = await start();
  expect(second.current.readTimeout).toBe(20_000);
  expect([...second.current.paths.keys()]).toEqual(['a', 'c']);
  expect(second.current.paths.get('c')!.maxReaders).toBe(7);
  expect(lines.at(-1)).toBe('info changes made through the API are in effect, revision 4');
  expect(await numbers(second)).toEqual(['4 api', '3 api', '2 api', '1 file']);
  const { revisions } = await (await second.history())!.list({ skip: 0, take: 1 });
  expect(revisions[0]).toMatchObject({ user: 'me', address: '127.0.0.1', detail: 'PATCH x' });
});

test('what is refused, and what means nothing, makes no revision', async () => {
  write('');
  const store = await start();
  await store.change(setReadTimeout(20_000), CAUSE);
  await store.change(setReadTimeout(20_000), CAUSE);
  await expect(store.change(setReadTimeout(0), CAUSE)).rejects.toThrow("'readTimeout' must be greater than zero");
  for (const patch of [{ stateDirectory: '/elsewhere' }, { databaseURL: 'postgres://elsewhere' }]) {
    await expect(store.change((document) => patchGlobal(document, patch), CAUSE)).rejects.toThrow('cannot be changed through the API');
  }
  expect(await numbers(store)).toEqual(['2 api', '1 file']);
});

test.each(['running', 'down'] as const)('the file changes while the server is %s: its keys win, other changes stay', async (when) => {
  write('readTimeout: 10s\npaths: {a: , b: }');
  const first = await start();
  await first.change(setReadTimeout(20_000), CAUSE);
  await first.change((document) => patchGlobal(document, { writeTimeout: 21_000 }), CAUSE);
  await first.change(setPath('c'), CAUSE);
  await first.change(deletePath('b'), CAUSE);
  if (when === 'down') await stop(first);
  write('readTimeout: 30s\npaths: {a: {maxReaders: 3}, b: , d: }');
  const store = when === 'down' ? await start() : first;
  await vi.waitFor(() => expect(store.current.readTimeout).toBe(30_000), DEADLINE);
  expect(store.current.writeTimeout).toBe(21_000);
  expect([...store.current.paths.keys()]).toEqual(['a', 'c', 'd']);
  expect((await numbers(store))[0]).toBe('6 file');
  await stop(store);
  const later = await start();
  expect([later.current.readTimeout, later.current.writeTimeout]).toEqual([30_000, 21_000]);
  expect((await numbers(later))[0]).toBe('6 file');
});

test('without a place to keep them, changes last until the file changes, and nothing is written', async () => {
  const file = folder.write('mediamtx.yml', 'readTimeout: 10s\n');
  const store = await start();
  await store.change(setReadTimeout(20_000), CAUSE);
  expect(store.current.readTimeout).toBe(20_000);
  writeFileSync(file, 'writeTimeout: 11s\n');
  await vi.waitFor(() => expect(store.current.writeTimeout).toBe(11_000), DEADLINE);
  expect(store.current.readTimeout).toBe(10_000);
  expect(await store.history()).toBeUndefined();
});

test('a file that does not go together with the changes: while it runs, what runs stays; at the start, the file alone', async () => {
  write('');
  const first = await start();
  const hashed = [{ user: 'u', pass: 'sha256:4FdTIdYKlrRWJ6jhM5tYKKcjGRy2p9+WUwWnIPHOLbc=', ips: [], permissions: [] }];
  await first.change((document) => patchGlobal(document, { authInternalUsers: hashed }), CAUSE);
  write('rtspAuthMethods: [digest]');
  await vi.waitFor(() => expect(lines.at(-1)).toMatch(/the running configuration stays: when RTSP digest is enabled/), DEADLINE);
  expect(first.current.rtspAuthMethods).toEqual(['basic']);
  await stop(first);
  const second = await start();
  expect(second.current.rtspAuthMethods).toEqual(['digest']);
  expect(second.current.authInternalUsers[0]!.user).toBe('any');
  expect(lines.at(-1)).toMatch(/^error changes kept of the API do not fit .*rollback\/2 brings them back$/);
  await second.change(setReadTimeout(20_000), CAUSE);
  expect(await numbers(second)).toEqual(['4 api', '3 file', '2 api', '1 file']);
});

test('a state directory that cannot be: changes are refused and change nothing, the file is followed', async () => {
  write('readTimeout: 10s');
  folder.write('state', 'a file in its place');
  const store = await start();
  await expect(store.change(setReadTimeout(20_000), CAUSE)).rejects.toThrow(StoreError);
  expect(store.current.readTimeout).toBe(10_000);
  expect(lines.at(-1)).toMatch(/^error changes of the configuration cannot be kept: .*see that 'stateDirectory' can be written to/);
  write('readTimeout: 15s');
  await vi.waitFor(() => expect(store.current.readTimeout).toBe(15_000), DEADLINE);
  rmSync(state());
  await vi.waitFor(() => expect(lines.at(-1)).toBe('info changes of the configuration can be kept again'), DEADLINE);
  await store.change(setReadTimeout(20_000), CAUSE);
  expect(store.current.readTimeout).toBe(20_000);
});

test('what a newer version has kept is not thrown away', async () => {
  const file = write('readTimeout: 10s');
  const revisions = await ConfigRevisions.open({ place: { kind: 'sqlite', directory: state() } });
  const document = { keyOfTomorrow: true, readTimeout: '20s', pathDefaults: {}, paths: {} };
  const revision = { ...CAUSE, number: 1, created: '2030-01-01T00:00:00.000Z' };
  await revisions.append(file, { revision, basePatch: undefined, documentPatch: document, state: () => ({ base: {}, document }) });
  await revisions.close();
  const store = await start();
  expect(store.current.readTimeout).toBe(10_000);
  expect(lines.at(-1)).toMatch(/^error changes of the configuration cannot be kept: .*keyOfTomorrow/);
  await expect(store.change(setReadTimeout(15_000), CAUSE)).rejects.toThrow(StoreError);
});

test('a database that is away at the start: the file runs, and what was kept comes with the database', async () => {
  const server = await PostgresServer.start();
  write('readTimeout: 10s', server.url);
  const first = await start();
  await first.change(setReadTimeout(20_000), CAUSE);
  await first.change(setPath('kept'), CAUSE);
  await server.kill();
  await expect(first.change(setPath('lost'), CAUSE)).rejects.toThrow(StoreError);
  expect([...first.current.paths.keys()]).toEqual(['kept']);
  await stop(first);

  lines.length = 0;
  const seen: Config[] = [];
  const second = await start((config) => seen.push(config));
  expect(second.current.readTimeout).toBe(10_000);
  await expect(second.change(setPath('lost'), CAUSE)).rejects.toThrow(StoreError);
  write('readTimeout: 10s\nwriteTimeout: 12s', server.url);
  await vi.waitFor(() => expect(second.current.writeTimeout).toBe(12_000), DEADLINE);
  await server.restart();
  await vi.waitFor(() => expect(second.current.readTimeout).toBe(20_000), DEADLINE);
  expect(second.current.writeTimeout).toBe(12_000);
  expect([...second.current.paths.keys()]).toEqual(['kept']);
  expect(seen).toHaveLength(2);
  const problems = lines.filter((line) => line.includes('cannot be kept'));
  expect(problems).toEqual([...new Set(problems)]); // each reason once
  expect(await numbers(second)).toEqual(['4 file', '3 api', '2 api', '1 file']);
  await stop(second);
  await server.close();
});

test('replicas on one database: who leads next has it all, and one that was late makes nobody lose anything', async () => {
  const server = await PostgresServer.start();
  write('', server.url);
  const old = await start();
  await old.change(setPath('first'), CAUSE);
  const young = await start();
  expect([...young.current.paths.keys()]).toEqual(['first']);
  // It does not know yet that another leads.
  await old.change(setPath('late'), CAUSE);
  await young.change(setPath('second'), CAUSE);
  expect([...young.current.paths.keys()]).toEqual(['first', 'late', 'second']);
  old.end();
  await old.begin();
  expect([...old.current.paths.keys()]).toEqual(['first', 'late', 'second']);
  await Promise.all(
    ['x', 'y', 'z'].flatMap((name) => [old.change(setPath(`old-${name}`), CAUSE), young.change(setPath(`young-${name}`), CAUSE)]),
  );
  const third = await start();
  expect(third.current.paths.size).toBe(9);
  for (const store of [old, young, third]) await stop(store);
  await server.close();
});

test('who stands by takes over what is kept, follows its file, and writes nothing', async () => {
  write('readTimeout: 10s');
  const leader = await start();
  await leader.change(setReadTimeout(20_000), CAUSE);
  const standby = new ConfigStore({ file: leader.file, environment: {}, log: () => {}, changed: () => {} });
  stores.push(standby);
  await standby.prepare();
  standby.watch();
  expect(standby.current.readTimeout).toBe(20_000);
  await expect(standby.change(setPath('x'), CAUSE)).rejects.toThrow(ControlError);
  leader.end();
  write('readTimeout: 10s\nwriteTimeout: 12s');
  await vi.waitFor(() => expect(standby.current.writeTimeout).toBe(12_000), DEADLINE);
  expect(standby.current.readTimeout).toBe(20_000);
  const revisions = await ConfigRevisions.open({ place: { kind: 'sqlite', directory: state() } });
  expect((await revisions.newest(standby.file!))!.revision.number).toBe(2);
  await revisions.close();
});
