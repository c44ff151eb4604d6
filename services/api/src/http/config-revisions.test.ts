import { rmSync } from 'node:fs';
import { TemporaryFolder } from '@mediamesh/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlApiRig } from './control-api-rig.cases.ts';
import { comparisonSchema, listOf, revisionSchema, revisionStateSchema } from './openapi/answer-schemas.ts';

let rig: ControlApiRig;
let folder: TemporaryFolder;
beforeEach(async () => {
  folder = new TemporaryFolder();
  rig = await ControlApiRig.open(`
stateDirectory: ${folder.path}
authInternalUsers:
- user: any
  permissions: [{action: api}]
- user: admin
  pass: supersecret
  permissions: [{action: api}]
paths: {a: {maxReaders: 3}}
`);
});
afterEach(async () => {
  await rig.close();
  folder.close();
});

const REVISIONS = '/v3/config/revisions';

async function send(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const headers = { authorization: `Basic ${btoa('admin:supersecret')}` };
  const response = await rig.fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer = (await response.json()) as { error?: string };
  return [response.status, answer.error ?? answer];
}
const done = [200, { status: 'ok' }];

test('changes are listed, the newest first, with who made them', async () => {
  expect(await send('PATCH', '/v3/config/global/patch', { readTimeout: '20s' })).toEqual(done);
  expect(await send('POST', '/v3/config/paths/add/b', {})).toEqual(done);
  const list = listOf(revisionSchema, 'x').parse(await rig.json(`${REVISIONS}/list`));
  const file = rig.control.configStore.file;
  const api = { origin: 'api', user: 'admin', address: '127.0.0.1', created: expect.any(String) };
  expect(list).toEqual({
    itemCount: 3,
    pageCount: 1,
    items: [
      { ...api, number: 3, detail: 'POST /v3/config/paths/add/b' },
      { ...api, number: 2, detail: 'PATCH /v3/config/global/patch' },
      { number: 1, origin: 'file', user: '', address: '', detail: file, created: expect.any(String) },
    ],
  });
  expect(await rig.json(`${REVISIONS}/list?itemsPerPage=2&page=1`)).toMatchObject({ itemCount: 3, pageCount: 2, items: [{ number: 1 }] });
});

test('one shows the configuration as it was, without secrets', async () => {
  await send('PATCH', '/v3/config/paths/patch/a', { maxReaders: 4 });
  const state = revisionStateSchema.parse(await rig.json(`${REVISIONS}/get/2`));
  const [, admin] = state.config['authInternalUsers'] as readonly object[];
  expect(admin).toMatchObject({ user: 'admin', pass: '<redacted>' });
  expect(state.config).toMatchObject({ paths: { a: { maxReaders: 4 } }, pathDefaults: {} });
  expect(JSON.stringify(state)).not.toContain('supersecret');
  expect(await rig.json(`${REVISIONS}/get/1`)).toMatchObject({ config: { paths: { a: { maxReaders: 3 } } } });
});

test('two are compared, or one with what runs', async () => {
  await send('PATCH', '/v3/config/global/patch', { readTimeout: '20s' });
  await send('DELETE', '/v3/config/paths/delete/a');
  const timeout = { place: 'global', path: '', key: 'readTimeout', before: null, after: '20s' };
  const gone = { place: 'paths', path: 'a', key: '', before: { maxReaders: 3 }, after: null };
  expect(comparisonSchema.parse(await rig.json(`${REVISIONS}/compare?from=1&to=2`))).toEqual({ from: 1, to: 2, changes: [timeout] });
  expect(await rig.json(`${REVISIONS}/compare?from=1`)).toEqual({ from: 1, to: 3, changes: [timeout, gone] });
  expect(await rig.json(`${REVISIONS}/compare?from=3&to=2`)).toMatchObject({
    changes: [{ ...gone, before: null, after: { maxReaders: 3 } }],
  });
});

test('a rollback makes a new revision, of which one can come back', async () => {
  await send('PATCH', '/v3/config/global/patch', { readTimeout: '20s' });
  await send('DELETE', '/v3/config/paths/delete/a');
  expect(await send('POST', `${REVISIONS}/rollback/1`)).toEqual(done);
  expect(rig.control.config.readTimeout).toBe(10_000);
  expect(rig.control.config.paths.get('a')!.maxReaders).toBe(3);
  expect(rig.control.config.authInternalUsers[1]!.pass).toBe('supersecret');
  expect(await send('POST', `${REVISIONS}/rollback/3`)).toEqual(done);
  expect([rig.control.config.readTimeout, rig.control.config.paths.size]).toEqual([20_000, 0]);
  const { items } = (await rig.json(`${REVISIONS}/list?itemsPerPage=1`)) as { items: readonly unknown[] };
  expect(items).toMatchObject([{ number: 5, origin: 'rollback', user: 'admin', detail: `POST ${REVISIONS}/rollback/3` }]);
});

test('a rollback sets no commands where the API may not', async () => {
  await send('PATCH', '/v3/config/paths/patch/a', { runOnDemand: 'x' });
  await send('PATCH', '/v3/config/paths/patch/a', { runOnDemand: '' });
  await send('PATCH', '/v3/config/global/patch', { apiAllowCommands: false });
  expect((await send('POST', `${REVISIONS}/rollback/2`))[0]).toBe(400);
  expect(rig.control.config.paths.get('a')!.runOnDemand).toBe('');
});

test.each([
  ['get/x', 400, 'strconv.ParseUint: parsing "x": invalid syntax'],
  ['get/99', 404, 'revision not found'],
  ['get/2147483647', 404, 'revision not found'],
  ['get/2147483648', 400, 'strconv.ParseUint: parsing "2147483648": value out of range'],
  ['compare', 400, 'strconv.ParseUint: parsing "": invalid syntax'],
  ['compare?from=1&to=99', 404, 'revision not found'],
  ['list?itemsPerPage=0', 400, 'invalid items per page'],
  ['list?itemsPerPage=2147483647&page=2147483647', 200, { itemCount: 1, pageCount: 1, items: [] }],
])('GET %s: %i %j', async (path, status, answer) => {
  expect(await send('GET', `${REVISIONS}/${path}`)).toEqual([status, answer]);
});

test('without a place to keep them there are none', async () => {
  await rig.close();
  rig = await ControlApiRig.open('');
  const error = "revisions are not kept: neither 'stateDirectory' nor 'databaseURL' is set";
  for (const path of ['list', 'get/1', 'compare?from=1']) expect(await send('GET', `${REVISIONS}/${path}`)).toEqual([404, error]);
  expect(await send('POST', `${REVISIONS}/rollback/1`)).toEqual([404, error]);
});

test('with the database away, changes are answered with 503, and nothing changes', async () => {
  rmSync(folder.path, { recursive: true });
  folder.close();
  await rig.close();
  rig = await ControlApiRig.open(`stateDirectory: /dev/null/state`);
  const [status, error] = await send('PATCH', '/v3/config/global/patch', { readTimeout: '20s' });
  expect([status, error]).toEqual([503, expect.stringContaining("see that 'stateDirectory' can be written to")]);
  expect(rig.control.config.readTimeout).toBe(10_000);
  expect((await send('GET', `${REVISIONS}/list`))[0]).toBe(503);
  expect((await send('GET', '/v3/config/global/get'))[0]).toBe(200);
});
