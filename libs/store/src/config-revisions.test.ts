import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { documentPatch, marshalDocument, parseConfigText } from '@mediamesh/config';
import { PostgresServer, TemporaryFolder } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigRevisions } from './config-revisions.ts';
import { databasePlace, mayHoldData, sqliteFile } from './database-place.ts';
import type { DatabasePlace } from './database-place.ts';
import { MAX_CAUSE_CHARACTERS, MAX_REVISIONS, SNAPSHOT_INTERVAL } from './revision.ts';
import type { NewRevision } from './revision.ts';
import { RevisionTakenError, StoreError } from './store-error.ts';

const BASE = parseConfigText('readTimeout: 10s');
const HEAD = { created: '2026-01-02T03:04:05.678Z', origin: 'api', user: 'u', address: '127.0.0.1', detail: 'PATCH x' } as const;

const configOf = (number: number) =>
  parseConfigText(`readTimeout: 10s\nwriteTimeout: ${number}s\npaths: {p${number}: {maxReaders: ${number}}}`);
const documentOf = (number: number) => marshalDocument(configOf(number));

/** The configuration of each revision says its number. */
function revision(number: number, cause: Partial<NewRevision['revision']> = {}): NewRevision {
  const before = number === 1 ? BASE : configOf(number - 1);
  return {
    revision: { ...HEAD, number, ...cause },
    basePatch: number === 1 ? documentPatch(parseConfigText(''), BASE) : undefined,
    documentPatch: documentPatch(before, configOf(number)),
    state: () => ({ base: marshalDocument(BASE), document: documentOf(number) }),
  };
}

describe.each(['sqlite', 'postgres'] as const)('revisions in %s', (kind) => {
  const folder = new TemporaryFolder();
  let server: PostgresServer | undefined;
  let place: DatabasePlace;
  let revisions: ConfigRevisions;

  beforeAll(async () => {
    if (kind === 'postgres') server = await PostgresServer.start();
    place = server === undefined ? { kind: 'sqlite', directory: folder.file('state') } : { kind: 'postgres', url: server.url };
    revisions = await ConfigRevisions.open({ place });
  }, 60_000);
  afterAll(async () => {
    await revisions.close();
    await server?.close();
    folder.close();
  });

  test('are numbered by their file, kept, and read back', async () => {
    expect(await revisions.newest('/a.yml')).toBeUndefined();
    for (const number of [1, 2, 3]) await revisions.append('/a.yml', revision(number));
    await revisions.append('/b.yml', revision(1));
    expect(await revisions.newest('/a.yml')).toEqual({
      revision: { ...HEAD, number: 3 },
      base: { readTimeout: '10s', pathDefaults: {}, paths: {} },
      document: documentOf(3),
    });
    expect((await revisions.newest('/b.yml'))!.revision.number).toBe(1);
    expect((await revisions.get('/a.yml', 2))!.document).toEqual(documentOf(2));
    expect(await revisions.get('/a.yml', 4)).toBeUndefined();
    const page = await revisions.list('/a.yml', { skip: 1, take: 1 });
    expect(page).toEqual({ count: 3, revisions: [{ ...HEAD, number: 2 }] });
  });

  test('a number is given once', async () => {
    await expect(revisions.append('/a.yml', revision(3))).rejects.toThrow(RevisionTakenError);
  });

  test('another process sees them, and finds the tables as they are', async () => {
    const other = await ConfigRevisions.open({ place });
    expect((await other.newest('/a.yml'))!.revision.number).toBe(3);
    await other.append('/a.yml', revision(4));
    await other.close();
    expect((await revisions.newest('/a.yml'))!.document).toEqual(documentOf(4));
  });

  test('any text of a client is kept, as far as a database can', async () => {
    const user = `\0\ud800'"${'ü'.repeat(MAX_CAUSE_CHARACTERS)}`;
    await revisions.append('/c.yml', revision(1, { user }));
    expect((await revisions.newest('/c.yml'))!.revision.user).toBe(`\ufffd\ufffd'"${'ü'.repeat(MAX_CAUSE_CHARACTERS - 4)}`);
  });

  test(`${MAX_REVISIONS} of them stay, and the oldest can still be read`, async () => {
    const last = MAX_REVISIONS + SNAPSHOT_INTERVAL + 1;
    const oldest = SNAPSHOT_INTERVAL + 1;
    for (const number of [1, 2, oldest - 1, oldest, oldest + 1]) await revisions.append('/many.yml', revision(number));
    expect((await revisions.get('/many.yml', 2))!.document).toEqual(documentOf(2));
    await revisions.append('/many.yml', revision(last));
    expect(await revisions.get('/many.yml', oldest - 1)).toBeUndefined();
    for (const number of [oldest, oldest + 1, last]) {
      expect((await revisions.get('/many.yml', number))!.document).toEqual(documentOf(number));
    }
    expect((await revisions.list('/many.yml', { skip: 0, take: 1 })).count).toBe(3);
  });
});

describe('a database that cannot be used', () => {
  const folder = new TemporaryFolder();
  afterAll(() => folder.close());

  test('SQLite where no file can be', async () => {
    const directory = folder.write('file', '');
    const opening = ConfigRevisions.open({ place: { kind: 'sqlite', directory } });
    await expect(opening).rejects.toThrow(StoreError);
    await expect(opening).rejects.toThrow(/mediamesh\.db cannot be used \(.*\): see that 'stateDirectory' can be written to/);
  });

  test('SQLite whose file is something else', async () => {
    const directory = folder.file('other');
    mkdirSync(directory);
    writeFileSync(sqliteFile(directory), 'not a database, but long enough to be taken for the head of one: '.repeat(20));
    await expect(ConfigRevisions.open({ place: { kind: 'sqlite', directory } })).rejects.toThrow(StoreError);
  });

  test('PostgreSQL that is not there, without its password', async () => {
    const opening = ConfigRevisions.open({ place: { kind: 'postgres', url: 'postgres://u:topsecret@127.0.0.1:1/d' } });
    await expect(opening).rejects.toThrow(/ECONNREFUSED.*see that it runs/);
    await expect(opening).rejects.not.toThrow(/topsecret/);
  });

  test('PostgreSQL that takes a connection, and says nothing', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(ConfigRevisions.open({ place: { kind: 'postgres', url: `postgres://u:p@127.0.0.1:${port}/d` } })).rejects.toThrow(
      StoreError,
    );
    silent.close();
  });

  test('PostgreSQL that dies, and comes back', async () => {
    const server = await PostgresServer.start();
    const revisions = await ConfigRevisions.open({ place: { kind: 'postgres', url: server.url } });
    await revisions.append('/a.yml', revision(1));
    await server.kill();
    await expect(revisions.append('/a.yml', revision(2))).rejects.toThrow(StoreError);
    await server.restart();
    expect((await revisions.newest('/a.yml'))!.revision.number).toBe(1);
    await revisions.append('/a.yml', revision(2));
    await revisions.close();
    await server.close();
  });
});

test('the place: a URL before a directory, or none', () => {
  expect(databasePlace({ stateDirectory: '', databaseURL: '' })).toBeUndefined();
  expect(databasePlace({ stateDirectory: 'x', databaseURL: '' })).toEqual({ kind: 'sqlite', directory: 'x' });
  expect(databasePlace({ stateDirectory: 'x', databaseURL: 'postgres://h/d' })).toEqual({ kind: 'postgres', url: 'postgres://h/d' });
});

test('the file of SQLite is for its owner alone, in a directory that others may read, too', async () => {
  const folder = new TemporaryFolder();
  chmodSync(folder.path, 0o755);
  const place = { kind: 'sqlite', directory: folder.path } as const;
  expect(mayHoldData(place)).toBe(false);
  const revisions = await ConfigRevisions.open({ place });
  await revisions.append('/a.yml', revision(1));
  for (const file of ['', '-wal', '-shm'].map((suffix) => sqliteFile(folder.path) + suffix)) {
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(mayHoldData(place)).toBe(true);
  await revisions.close();
  folder.close();
});

describe('with the key of an encrypted file', () => {
  const folder = new TemporaryFolder();
  const place: DatabasePlace = { kind: 'sqlite', directory: folder.file('state') };
  const secret = documentPatch(parseConfigText(''), parseConfigText('paths: {cam: {source: "rtsp://user:topsecret@h/x"}}'))!;
  const opened: ConfigRevisions[] = [];
  const open = async (key?: string): Promise<ConfigRevisions> => {
    const revisions = await ConfigRevisions.open({ place, key });
    opened.push(revisions);
    return revisions;
  };
  afterAll(async () => {
    for (const revisions of opened) await revisions.close();
    folder.close();
  });

  test('nothing that is kept can be read without it', async () => {
    await (await open()).append('/plain.yml', revision(1));
    const revisions = await open('the key');
    await revisions.append('/a.yml', { ...revision(1), documentPatch: secret });
    await revisions.append('/a.yml', { ...revision(2), documentPatch: secret });
    const files = readdirSync(folder.file('state')).map((name) => readFileSync(folder.file(`state/${name}`)));
    expect(Buffer.concat(files).includes('/a.yml')).toBe(true);
    expect(Buffer.concat(files).includes('topsecret')).toBe(false);

    const again = await open('the key');
    expect(JSON.stringify((await again.newest('/a.yml'))!.document)).toContain('topsecret');
    expect((await again.newest('/plain.yml'))!.document).toEqual(documentOf(1)); // from before there was a key
    await expect((await open('another key')).newest('/a.yml')).rejects.toThrow('MTX_CONFKEY is not the key that it was written with');
    await expect((await open()).newest('/a.yml')).rejects.toThrow('is encrypted: set MTX_CONFKEY');
  });
});
