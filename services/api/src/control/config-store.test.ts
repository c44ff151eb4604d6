import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigDiff } from '@mediamesh/config';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigStore } from './config-store.ts';

let folder: string;
let store: ConfigStore;
const lines: string[] = [];
const diffs: ConfigDiff[] = [];
const file = (): string => path.join(folder, 'mediamtx.yml');
const write = (text: string): void => writeFileSync(file(), text);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mediamesh-config-'));
  lines.length = 0;
  diffs.length = 0;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function open(environment: Record<string, string> = {}): ConfigStore {
  store = new ConfigStore({
    file: file(),
    environment,
    log: (level, message) => lines.push(`${level} ${message}`),
    changed: (diff) => diffs.push(diff),
  });
  store.watch();
  return store;
}

test('a changed file is loaded, and says what changed', async () => {
  write('readTimeout: 10s\npaths:\n  a:\n');
  const first = open().revision;
  write('readTimeout: 20s\npaths:\n  a:\n  b:\n');
  await vi.waitFor(() => expect(diffs).toHaveLength(1), { timeout: 5_000 });
  expect(store.current.readTimeout).toBe(20_000);
  expect(store.revision).toBe(first + 1);
  expect(diffs[0]).toMatchObject({ changedGlobalKeys: ['readTimeout'], paths: { added: ['b'] } });
  expect(lines).toEqual(['info reloading configuration (file changed)']);
});

test('an invalid file is refused once, and what runs stays, until the file is valid again', async () => {
  write('logLevel: info\n');
  open();
  write('logLevel: loud\n');
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 5_000 });
  expect(lines[0]).toContain("the running configuration stays: invalid log level: 'loud'");
  // What the log itself writes into the folder, and what else happens there, does not load the file again.
  writeFileSync(path.join(folder, 'mediamtx.log'), 'a line');
  write('logLevel: debug\n');
  await vi.waitFor(() => expect(diffs).toHaveLength(1), { timeout: 5_000 });
  expect(lines).toHaveLength(2);
  expect(store.current.logLevel).toBe('debug');
});

test('a file that an editor replaces is followed', async () => {
  write('paths:\n  a:\n');
  const first = open().revision;
  const young = path.join(folder, 'young');
  writeFileSync(young, 'paths:\n  b:\n');
  renameSync(young, file());
  await vi.waitFor(() => expect([...store.current.paths.keys()]).toEqual(['b']), { timeout: 5_000 });
  write('paths:\n  c:\n');
  await vi.waitFor(() => expect([...store.current.paths.keys()]).toEqual(['c']), { timeout: 5_000 });
  expect(store.revision).toBe(first + 2);
});

test('a change that means nothing is none', async () => {
  write('logLevel: info\n');
  const first = open().revision;
  write('# a comment\nlogLevel: info\n');
  write('logLevel: warn # another\n');
  await vi.waitFor(() => expect(store.current.logLevel).toBe('warn'), { timeout: 5_000 });
  expect(store.revision).toBe(first + 1);
});

test('gateways get the keys that were set, of file and environment, without users', () => {
  write('rtspAddress: :9554\nauthInternalUsers:\n- user: a\n  pass: b\n  permissions: []\npaths:\n  a:\n');
  open({ MTX_RTPADDRESS: ':9000' });
  expect(store.forGateways()).toEqual({ rtspAddress: ':9554', rtpAddress: ':9000', pathDefaults: {}, paths: {} });
});
