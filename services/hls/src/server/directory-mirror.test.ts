import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TemporaryFolder, waitFor } from '@mediamesh/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TRACKS, TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const INDEX = '/live/cam/index.m3u8?cookieCheck=1';

let root: TemporaryFolder;
let server: TestServer;

beforeEach(() => {
  root = new TemporaryFolder();
});
afterEach(async () => {
  await server.close();
  root.close();
});

function files(): readonly string[] {
  const folder = join(root.path, 'live', 'cam');
  return existsSync(folder) ? readdirSync(folder).toSorted((one, other) => one.localeCompare(other)) : [];
}

function segmentsIn(playlist: string): readonly string[] {
  return playlist.split('\n').filter((line) => /_seg\d+\.mp4/u.test(line));
}

describe('hlsDirectory', () => {
  test('has what is served, playlists included, as long as it is served', async () => {
    server = await TestServer.open({ hlsVariant: 'fmp4', hlsDirectory: root.path });
    const publisher = await server.publish('live/cam', 12, TRACKS.opus);
    expect((await server.fetch(INDEX)).status).toBe(200);
    await waitFor(() => files().includes('index.m3u8'), { deadlineMs: DEADLINE_MS, what: 'the playlists' });
    const playlist = readFileSync(join(root.path, 'live', 'cam', 'audio1_stream.m3u8'), 'utf8');
    const before = segmentsIn(playlist);
    expect(before).toHaveLength(7);
    for (const name of before) expect(files()).toContain(name);
    expect(files().some((name) => name.endsWith('_init.mp4'))).toBe(true);
    expect(files().some((name) => name.endsWith('.tmp'))).toBe(false);
    const box = readFileSync(join(root.path, 'live', 'cam', before[0]!))
      .subarray(4, 8)
      .toString('latin1');
    expect(['styp', 'moof']).toContain(box);

    publisher.write(12);
    await waitFor(() => before.every((name) => !files().includes(name)), { deadlineMs: DEADLINE_MS, what: 'old segments to go' });
    const after = segmentsIn(readFileSync(join(root.path, 'live', 'cam', 'audio1_stream.m3u8'), 'utf8'));
    for (const name of after) expect(files()).toContain(name);

    await publisher.close();
    await waitFor(() => !existsSync(join(root.path, 'live', 'cam')), { deadlineMs: DEADLINE_MS, what: 'the folder to go' });
  });

  test('low latency: no playlists, whose requests have to wait; files of others stay', async () => {
    server = await TestServer.open({ hlsDirectory: root.path });
    const publisher = await server.publish('live/cam', 12, TRACKS.opus);
    expect((await server.fetch(INDEX)).status).toBe(200);
    await waitFor(() => files().some((name) => /_part\d+\.mp4$/u.test(name)), { deadlineMs: DEADLINE_MS, what: 'parts' });
    expect(files().filter((name) => name.endsWith('.m3u8'))).toEqual([]);
    writeFileSync(join(root.path, 'live', 'cam', 'mine'), '');
    await publisher.close();
    await waitFor(() => files().length === 1, { deadlineMs: DEADLINE_MS, what: 'the files to go' });
    expect(files()).toEqual(['mine']);
  });

  test('a folder that cannot be made is a warning, once; the stream is served', async () => {
    writeFileSync(join(root.path, 'live'), 'a file');
    server = await TestServer.open({ hlsDirectory: root.path });
    const publisher = await server.publish('live/cam', 12, TRACKS.opus);
    const index = await server.fetch(INDEX);
    expect(index.status).toBe(200);
    publisher.write(3);
    const warnings = (): readonly string[] => server.log.filter((line) => line.includes('cannot write into the HLS directory'));
    await waitFor(() => warnings().length > 0, { deadlineMs: DEADLINE_MS, what: 'the warning' });
    publisher.write(3);
    expect((await server.fetch(INDEX)).status).toBe(200);
    expect(warnings()).toHaveLength(1);
    await publisher.close();
  });
});
