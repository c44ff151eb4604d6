import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlApiRig } from './control-api-rig.cases.ts';

let rig: ControlApiRig;
afterEach(() => rig.close());
beforeEach(async () => {
  rig = await ControlApiRig.open(`
authInternalUsers:
- user: any
  pass:
  permissions:
  - action: api
- user: admin
  pass: supersecret
  permissions:
  - action: publish
pathDefaults:
  maxReaders: 7
paths:
  zoo:
    source: rtsp://127.0.0.1:1/x?a=1&b=<2>
    sourceOnDemand: yes
  a/b:
  '~^x(.*)$':
`);
});

test('global keys, without secrets', async () => {
  const text = await (await rig.fetch('/v3/config/global/get')).text();
  expect(text).not.toContain('supersecret');
  const global = JSON.parse(text) as Record<string, unknown>;
  expect(global).toMatchObject({ api: true, apiAddress: '127.0.0.1:0', readTimeout: '10s' });
  expect(global['authInternalUsers']).toMatchObject([
    { user: 'any', pass: '' },
    { user: 'admin', pass: '<redacted>' },
  ]);
  expect([global['paths'], global['pathDefaults']]).toEqual([undefined, undefined]);
});

test('path defaults', async () => {
  expect(await rig.json('/v3/config/pathdefaults/get')).toMatchObject({ name: '', maxReaders: 7 });
});

test('paths by name, with what they inherit', async () => {
  const list = (await rig.json('/v3/config/paths/list')) as { itemCount: number; items: { name: string; maxReaders: number }[] };
  expect(list.items.map(({ name, maxReaders }) => [name, maxReaders])).toEqual([
    ['a/b', 7],
    ['zoo', 7],
    ['~^x(.*)$', 7],
  ]);
  expect(await rig.json('/v3/config/paths/list?itemsPerPage=1&page=2')).toMatchObject({
    itemCount: 3,
    pageCount: 3,
    items: [{ name: '~^x(.*)$' }],
  });
});

test.each([
  ['a/b', 'a/b'],
  ['a%2Fb', 'a/b'],
  [encodeURIComponent('~^x(.*)$'), '~^x(.*)$'],
])('path %s', async (encoded, name) => {
  expect(await rig.json(`/v3/config/paths/get/${encoded}`)).toMatchObject({ name });
});

test('JSON as Go escapes it', async () => {
  const text = await (await rig.fetch('/v3/config/paths/get/zoo')).text();
  expect(text).toContain('"source":"rtsp://127.0.0.1:1/x?a=1\\u0026b=\\u003c2\\u003e"');
});

test.each([
  ['/v3/config/paths/get/none', 404, 'path configuration not found'],
  ['/v3/config/paths/get/', 400, 'invalid name'],
  ['/v3/config/paths/list?itemsPerPage=0', 400, 'invalid items per page'],
])('%s: %i %s', async (path, status, error) => {
  const response = await rig.fetch(path);
  expect([response.status, await response.json()]).toEqual([status, { status: 'error', error }]);
});
