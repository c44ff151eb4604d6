import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlApiRig } from './control-api-rig.cases.ts';

let folder: string;
let rig: ControlApiRig;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  for (const path of ['cam1', 'rec/a', 'strange']) {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, '2024-01-02_03-04-05-000006_Z.mp4'), '');
    writeFileSync(join(folder, path, '2023-01-02_03-04-05-500000_+0200.mp4'), '');
  }
  rig = await ControlApiRig.open(
    `pathDefaults:\n  recordPath: ${folder}/%path/%Y-%m-%d_%H-%M-%S-%f_%z\npaths:\n  cam1:\n  cam2:\n  "~^rec/":\n`,
  );
});
afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

const SEGMENTS = [{ start: '2023-01-02T03:04:05.5+02:00' }, { start: '2024-01-02T03:04:05.000006Z' }];

test('list: paths with segments, in pages', async () => {
  expect(await rig.json('/v3/recordings/list')).toEqual({
    itemCount: 2,
    pageCount: 1,
    items: [
      { name: 'cam1', segments: SEGMENTS },
      { name: 'rec/a', segments: SEGMENTS },
    ],
  });
  expect(await rig.json('/v3/recordings/list?itemsPerPage=1&page=1')).toEqual({
    itemCount: 2,
    pageCount: 2,
    items: [{ name: 'rec/a', segments: SEGMENTS }],
  });
});

test('get: segments of a path, which may have none', async () => {
  expect(await rig.json('/v3/recordings/get/rec/a')).toEqual({ name: 'rec/a', segments: SEGMENTS });
  expect(await rig.json('/v3/recordings/get/cam2')).toEqual({ name: 'cam2', segments: [] });
});

test.each([
  ['GET', 'get/strange', "path 'strange' is not configured"],
  ['GET', 'get/', 'invalid name'],
  ['GET', 'get/rec/../cam1', "invalid path name: can't contain dot path segments (rec/../cam1)"],
  ['DELETE', 'deletesegment', `invalid 'start' parameter: parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"`],
  ['DELETE', 'deletesegment?start=2024-01-02T03:04:05Z', 'invalid path name: cannot be empty ()'],
  ['DELETE', 'deletesegment?start=2024-01-02T03:04:05Z&path=strange', "path 'strange' is not configured"],
])('%s %s is refused', async (method, path, error) => {
  // Not through fetch, which resolves dots.
  const response = await rig.fetch(`/v3/recordings/${path.replace('/../', '/%2e%2e%2f')}`, { method });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ status: 'error', error });
});

test('deletesegment: the time is written in the zone of the request', async () => {
  const start = encodeURIComponent('2024-01-02T03:04:05.000006Z');
  const remove = (): Promise<unknown> => rig.json(`/v3/recordings/deletesegment?path=cam1&start=${start}`, { method: 'DELETE' });
  expect(await remove()).toEqual({ status: 'ok' });
  const file = join(folder, 'cam1', '2024-01-02_03-04-05-000006_Z.mp4');
  expect(existsSync(file)).toBe(false);
  expect(await remove()).toEqual({ status: 'error', error: `remove ${file}: no such file or directory` });
});
