import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterEach, describe, expect, test } from 'vitest';
import { ControlApiRig } from '../control-api-rig.cases.ts';
import type { OpenControlApi } from '../open-control-api.ts';
import { openPprof } from './open-pprof.ts';
import { ProfilerBusyError, V8Profiler } from './v8-profiler.ts';

const USERS = `
authInternalUsers:
- user: profiler
  pass: secret
  permissions:
  - action: pprof
`;

let rig: ControlApiRig | undefined;
let pprof: OpenControlApi | undefined;
afterEach(async () => {
  await pprof?.close();
  await rig?.close();
  pprof = rig = undefined;
});

async function open(yaml = ''): Promise<string> {
  rig = await ControlApiRig.open(`pprofAddress: 127.0.0.1:0\n${yaml}`);
  pprof = await openPprof(rig.options);
  return `${pprof.url}/debug/pprof`;
}

async function profileAt(
  url: string,
): Promise<{ readonly profile: Profile; readonly names: readonly string[]; readonly types: readonly string[] }> {
  const response = await fetch(url);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const profile = Profile.decode(gunzipSync(new Uint8Array(await response.arrayBuffer())));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? '';
  return {
    profile,
    names: profile.function.map(({ name }) => text(name)),
    types: profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`),
  };
}

/** Work that a profile is to show; V8 makes no part of its caller of what calls itself. */
function busyFunctionOfTheTest(depth = 22): number {
  return depth < 2 ? depth : busyFunctionOfTheTest(depth - 1) + busyFunctionOfTheTest(depth - 2);
}

describe('profiles', () => {
  test('CPU: what runs is in it, with its callers and its time', async () => {
    const url = await open();
    const timer = setInterval(() => void busyFunctionOfTheTest(), 1);
    const { profile, names, types } = await profileAt(`${url}/profile?seconds=1`).finally(() => clearInterval(timer));
    expect(types).toEqual(['samples/count', 'cpu/nanoseconds']);
    expect(names).toContain('busyFunctionOfTheTest');
    expect(names).not.toContain('(idle)');
    const id = names.indexOf('busyFunctionOfTheTest') + 1;
    const of = profile.sample.filter(({ locationId }) => Number(locationId[0]) === id);
    expect(of.some(({ locationId }) => locationId.length > 1)).toBe(true);
    expect(of.reduce((sum, { value }) => sum + Number(value[1]), 0)).toBeGreaterThan(0);
    const ids = new Set(profile.location.map((location) => Number(location.id)));
    for (const { locationId, value } of profile.sample) {
      expect(value).toHaveLength(2);
      expect(locationId.every((location) => ids.has(Number(location)))).toBe(true);
    }
  });

  test('heap: bytes by call stack', async () => {
    const url = await open();
    const kept = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `kept ${index}` }));
    const { profile, types } = await profileAt(`${url}/heap`);
    expect(kept).toHaveLength(200_000);
    expect(types).toEqual(['inuse_space/bytes']);
    expect(profile.sample.reduce((sum, { value }) => sum + Number(value[0]), 0)).toBeGreaterThan(1_000_000);
  });

  test('one CPU profile at a time; the first is not disturbed', async () => {
    const profiler = await V8Profiler.open();
    const enough = Promise.withResolvers<void>();
    const first = profiler.cpu(enough.promise);
    await expect(profiler.cpu(Promise.resolve())).rejects.toBeInstanceOf(ProfilerBusyError);
    enough.resolve();
    expect(Profile.decode(await first).sampleType).toHaveLength(2);
    await profiler.cpu(Promise.resolve());
    profiler.close();
  });
});

describe('pages', () => {
  test('the index, its redirect, the command line', async () => {
    const url = await open();
    const redirect = await fetch(url, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([301, '/debug/pprof/']);
    const index = await fetch(`${url}/`);
    expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await (await fetch(`${url}/cmdline`)).text()).toBe(process.argv.join('\0'));
    expect(await (await fetch(`${url}/symbol`)).text()).toMatch(/^num_symbols: \d+\n$/);
  });

  test.each(['goroutine', 'nope', ''])('404: %s', async (page) => {
    const url = await open();
    const response = await fetch(page === '' ? new URL('/', url) : `${url}/${page}`);
    expect([response.status, await response.text()]).toEqual([404, '404 page not found']);
  });

  test('for who has the permission', async () => {
    const url = await open(USERS);
    const refused = await fetch(`${url}/`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mediamtx"']);
    const authorization = `Basic ${Buffer.from('profiler:secret').toString('base64')}`;
    expect((await fetch(`${url}/`, { headers: { authorization } })).status).toBe(200);
  });
});
