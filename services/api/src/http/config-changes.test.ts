import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
  - action: publish
- user: admin
  pass: supersecret
  permissions:
  - action: publish
paths:
  a:
    maxReaders: 3
    srtReadPassphrase: longenoughforit
`);
});

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const response = await rig.fetch(`/v3/config/${path}`, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = await response.text();
  return [
    response.status,
    response.status === 404 && !answer.startsWith('{') ? answer : ((JSON.parse(answer) as { error?: string }).error ?? 'ok'),
  ];
}

const get = async (path: string): Promise<Record<string, unknown>> => (await rig.json(`/v3/config/${path}`)) as Record<string, unknown>;

describe('answers', () => {
  const end = 'unexpected end of JSON input';
  const notObject = (kind: string): string => `json: cannot unmarshal ${kind} into Go value of type map[string]json.RawMessage`;

  // As MediaMTX v1.20.1 answers each of these.
  test.each([
    ['PATCH', 'global/patch', '', 400, end],
    ['PATCH', 'global/patch', '{', 400, end],
    ['PATCH', 'global/patch', 'x', 400, "invalid character 'x' looking for beginning of value"],
    ['PATCH', 'global/patch', '{} trailing', 400, "invalid character 't' after top-level value"],
    ['PATCH', 'global/patch', '[]', 400, notObject('array')],
    ['PATCH', 'global/patch', '"x"', 400, notObject('string')],
    ['PATCH', 'global/patch', '5', 400, notObject('number')],
    ['PATCH', 'global/patch', 'null', 200, 'ok'],
    ['PATCH', 'global/patch', { test: 'asd' }, 400, 'json: unknown field "test"'],
    ['PATCH', 'global/patch', { logLevel: 'loud' }, 400, "invalid log level: 'loud'"],
    ['PATCH', 'global/patch', { readTimeout: 7 }, 400, 'json: cannot unmarshal number into Go value of type string'],
    ['PATCH', 'global/patch', { readTimeout: '0s' }, 400, "'readTimeout' must be greater than zero"],
    ['PATCH', 'global/patch', { rtmp: 'no' }, 400, 'json: cannot unmarshal string into Go value of type bool'],
    ['PATCH', 'global/patch', { pathDefaults: {} }, 400, 'json: unknown field "pathDefaults"'],
    ['PATCH', 'global/patch', { paths: {} }, 400, 'json: unknown field "paths"'],
    ['PATCH', 'global/patch', { apiAllowOrigins: null, readTimeout: null }, 200, 'ok'],
    ['PATCH', 'global/patch', { writeQueueSize: 3 }, 400, "'writeQueueSize' must be a power of two"],
    [
      'PATCH',
      'global/patch',
      { authInternalUsers: [{ user: 'any', permissions: [{ action: 'api', x: 1 }] }] },
      400,
      'json: unknown field "authInternalUsers[0].permissions[0].x"',
    ],
    [
      'PATCH',
      'global/patch',
      { authInternalUsers: [{ user: 'any', permissions: [{ action: 'fly' }] }] },
      400,
      "invalid auth action: 'fly'",
    ],
    ['PATCH', 'pathdefaults/patch', { maxReaders: 'x' }, 400, 'json: cannot unmarshal string into Go value of type int'],
    ['PATCH', 'pathdefaults/patch', { nope: 1 }, 400, 'json: unknown field "nope"'],
    ['PATCH', 'pathdefaults/patch', { name: 'zz' }, 200, 'ok'],
    ['POST', 'paths/add/', {}, 400, 'invalid name'],
    ['POST', 'paths/add/a', {}, 400, 'path already exists'],
    ['POST', 'paths/add/b', '', 400, end],
    ['POST', 'paths/add/b', { maxReaders: 2 }, 200, 'ok'],
    ['POST', 'paths/add/c/d', { source: 'rtsp://127.0.0.1:1/x', sourceOnDemand: true }, 200, 'ok'],
    [
      'POST',
      'paths/add/a%20b',
      {},
      400,
      "invalid path name 'a b': can contain only alphanumeric characters, underscore, dot, minus, slash",
    ],
    ['POST', 'paths/add/%2Fx', {}, 400, "invalid path name '/x': can't begin with a slash"],
    ['POST', 'paths/add/x/', {}, 400, "invalid path name 'x/': can't end with a slash"],
    ['POST', 'paths/add/~%5Bx', {}, 400, 'invalid regular expression: [x'],
    ['POST', 'paths/add/e', { unknown: 1 }, 400, 'json: unknown field "unknown"'],
    ['POST', 'paths/add/e', { source: 'foo://x' }, 400, "invalid source: 'foo://x'"],
    ['POST', 'paths/add/e', { recordSegmentDuration: '2x' }, 400, 'time: unknown unit "x" in duration "2x"'],
    ['PATCH', 'paths/patch/', {}, 400, 'invalid name'],
    ['PATCH', 'paths/patch/none', {}, 404, 'path not found'],
    ['PATCH', 'paths/patch/none', { unknown: 1 }, 400, 'json: unknown field "unknown"'],
    ['PATCH', 'paths/patch/a', { sourceOnDemand: true }, 400, "'sourceOnDemand' is useless when source is 'publisher'"],
    ['PATCH', 'paths/patch/a', { maxReaders: 1.5 }, 400, 'json: cannot unmarshal number 1.5 into Go value of type int'],
    ['PATCH', 'paths/patch/a', { MaxReaders: 1 }, 400, 'json: unknown field "MaxReaders"'],
    ['POST', 'paths/replace/', {}, 400, 'invalid name'],
    ['POST', 'paths/replace/new', { maxReaders: 9 }, 200, 'ok'],
    ['DELETE', 'paths/delete/', undefined, 400, 'invalid name'],
    ['DELETE', 'paths/delete/none', undefined, 404, 'path not found'],
    ['DELETE', 'paths/delete/a', undefined, 200, 'ok'],
    ['GET', 'paths/delete/a', undefined, 404, '404 page not found'],
    ['POST', 'paths/patch/a', {}, 404, '404 page not found'],
  ])('%s %s %j: %i %s', async (method, path, body, status, answer) => {
    expect(await send(method, path, body)).toEqual([status, answer]);
  });
});

test('a global change is seen, a refused one changes nothing', async () => {
  expect(await send('PATCH', 'global/patch', { rtmp: false, writeTimeout: '7s', readBufferCount: 4096 })).toEqual([200, 'ok']);
  expect(await get('global/get')).toMatchObject({ rtmp: false, writeTimeout: '7s', readBufferCount: 4096, readTimeout: '10s' });
  expect(await send('PATCH', 'global/patch', { srt: false, writeTimeout: '0s' })).toEqual([
    400,
    "'writeTimeout' must be greater than zero",
  ]);
  expect(await get('global/get')).toMatchObject({ srt: true, writeTimeout: '7s' });
});

test('path defaults reach the paths that do not set the key', async () => {
  await send('PATCH', 'pathdefaults/patch', { maxReaders: 9, recordFormat: 'mpegts' });
  expect(await get('pathdefaults/get')).toMatchObject({ maxReaders: 9, recordFormat: 'mpegts' });
  expect(await get('paths/get/a')).toMatchObject({ maxReaders: 3, recordFormat: 'mpegts' });
});

test('patch keeps the keys set before, replace drops them, delete removes the path', async () => {
  await send('PATCH', 'paths/patch/a', { overridePublisher: false });
  expect(await get('paths/get/a')).toMatchObject({ maxReaders: 3, overridePublisher: false });
  await send('POST', 'paths/replace/a', { record: false });
  expect(await get('paths/get/a')).toMatchObject({ maxReaders: 0, overridePublisher: true });
  await send('DELETE', 'paths/delete/a');
  expect(await send('GET', 'paths/get/a')).toEqual([404, 'path configuration not found']);
  expect(await send('DELETE', 'paths/delete/a')).toEqual([404, 'path not found']);
});

test('an answer can be changed and sent back: a redacted secret stays what it was', async () => {
  const global = await get('global/get');
  expect(JSON.stringify(global)).not.toContain('supersecret');
  expect(await send('PATCH', 'global/patch', { authInternalUsers: global['authInternalUsers'] })).toEqual([200, 'ok']);
  expect(rig.control.config.authInternalUsers[1]?.pass).toBe('supersecret');
  const users = [{ user: 'stranger', pass: '<redacted>', permissions: [] }];
  expect((await send('PATCH', 'global/patch', { authInternalUsers: users }))[0]).toBe(400);
});

test('only what a change touches is closed', async () => {
  const gateway = await rig.gateway('one');
  await send('POST', 'paths/add/b', {});
  await rig.publish(gateway, 'a');
  await rig.publish(gateway, 'b');
  const live = (): readonly string[] =>
    [...rig.control.paths.states()].filter(({ publisher }) => publisher !== undefined).map(({ name }) => name);
  expect(live()).toEqual(['a', 'b']);
  await send('PATCH', 'paths/patch/a', { record: true }); // taken by the live path
  await send('POST', 'paths/add/c', {});
  await send('PATCH', 'global/patch', { hlsSegmentCount: 9 });
  expect(live()).toEqual(['a', 'b']);
  await send('PATCH', 'paths/patch/a', { maxReaders: 5 }); // the path begins anew
  expect(live()).toEqual(['b']);
});

test('a page of somebody else cannot change anything', async () => {
  const headers = { origin: 'http://evil.example', 'content-type': 'application/json' };
  expect((await send('POST', 'paths/add/evil', { runOnInit: 'x' }, headers))[0]).toBe(403);
  expect(rig.control.config.paths.has('evil')).toBe(false);
});

test('commands are refused where the configuration says so, and the API cannot change that', async () => {
  expect(await send('PATCH', 'paths/patch/a', { runOnDemand: 'stays' })).toEqual([200, 'ok']);
  expect(await send('PATCH', 'global/patch', { apiAllowCommands: false })).toEqual([200, 'ok']);
  const refused = "'runOnDemand' cannot be set through the API: 'apiAllowCommands' is false";
  expect(await send('POST', 'paths/add/b', { runOnDemand: 'x' })).toEqual([400, refused]);
  expect(await send('PATCH', 'pathdefaults/patch', { runOnDemand: 'x' })).toEqual([400, refused]);
  expect(await send('PATCH', 'paths/patch/a', { runOnDemand: 'stays', record: false })).toEqual([200, 'ok']);
  const [status, error] = await send('PATCH', 'global/patch', { apiAllowCommands: true });
  expect([status, error]).toEqual([400, "'apiAllowCommands' cannot be set to true through the API"]);
});
