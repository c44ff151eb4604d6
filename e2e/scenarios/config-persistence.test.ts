import { readFileSync, writeFileSync } from 'node:fs';
import { Lifetime, PostgresServer, TOPOLOGIES, startOverNats, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;

type Json = Readonly<Record<string, unknown>>;

describe.each(TOPOLOGIES)('changes of the configuration on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;

  beforeAll(async () => {
    const place =
      topology.name === 'nats' ? { databaseURL: lifetime.own(await PostgresServer.start()).url } : { stateDirectory: './state' };
    product = lifetime.own(
      await topology.start({ ...place, hlsPartDuration: '100ms', paths: { listed: { maxReaders: 1 }, unwanted: null, all_others: null } }),
    );
  });
  afterAll(() => lifetime.end());

  const get = async (path: string): Promise<Json> => (await (await fetch(product.apiUrl(`/v3/config/${path}`))).json()) as Json;
  const change = async (method: string, path: string, body?: Json): Promise<void> => {
    const url = product.apiUrl(`/v3/config/${path}`);
    const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
  };
  const restart = async (how: 'kill' | 'stop'): Promise<void> => {
    await product.control[how]();
    await product.control.start();
  };
  const editFile = (edit: (config: Record<string, Json>) => void): void => {
    const config = JSON.parse(readFileSync(product.configFile, 'utf8')) as Record<string, Json>;
    edit(config);
    writeFileSync(product.configFile, JSON.stringify(config));
  };

  test('survive restarts', async () => {
    testLifetime(product);
    await change('PATCH', 'global/patch', { hlsMuxerCloseAfter: '11s', hlsSegmentCount: 9 });
    await change('PATCH', 'pathdefaults/patch', { overridePublisher: false });
    await change('POST', 'paths/add/added', { maxReaders: 5 });
    await change('PATCH', 'paths/patch/listed', { overridePublisher: true });
    await change('DELETE', 'paths/delete/unwanted');
    for (const how of ['stop', 'kill'] as const) {
      await restart(how);
      expect(await get('global/get')).toMatchObject({ hlsMuxerCloseAfter: '11s', hlsSegmentCount: 9 });
      expect(await get('paths/get/added')).toMatchObject({ maxReaders: 5, overridePublisher: false });
      expect(await get('paths/get/listed')).toMatchObject({ maxReaders: 1, overridePublisher: true });
      expect((await fetch(product.apiUrl('/v3/config/paths/get/unwanted'))).status).toBe(404);
    }
  });

  test('survive a change of the file, whose keys win', async () => {
    testLifetime(product);
    editFile((config) => {
      config['hlsPartDuration'] = '120ms' as unknown as Json;
      config['hlsSegmentCount'] = 8 as unknown as Json;
      config['paths'] = { ...config['paths'], listed: { maxReaders: 3 } };
    });
    await waitFor(async () => (await get('global/get'))['hlsPartDuration'] === '120ms', { deadlineMs: DEADLINE_MS, what: 'the file' });
    const expectMerged = async (): Promise<void> => {
      expect(await get('global/get')).toMatchObject({ hlsPartDuration: '120ms', hlsMuxerCloseAfter: '11s', hlsSegmentCount: 8 });
      expect(await get('paths/get/listed')).toMatchObject({ maxReaders: 3, overridePublisher: true });
      expect(await get('paths/get/added')).toMatchObject({ maxReaders: 5 });
    };
    await expectMerged();

    await product.control.stop();
    editFile((config) => {
      config['paths'] = { ...config['paths'], listed: { maxReaders: 4 } };
    });
    await product.control.start();
    expect(await get('paths/get/listed')).toMatchObject({ maxReaders: 4, overridePublisher: true });
    expect(await get('global/get')).toMatchObject({ hlsPartDuration: '120ms', hlsMuxerCloseAfter: '11s', hlsSegmentCount: 8 });
  });
});

test('of two control replicas with one database, whoever leads has what the other kept', async () => {
  const setup = testLifetime();
  const { url } = setup.own(await PostgresServer.start());
  const product = setup.own(await startOverNats({ controls: 2, config: { databaseURL: url } }));
  testLifetime(product);
  /** Each replica has an address of its own here, and listens while it leads. */
  const status = async (replica: number, path: string, init?: RequestInit): Promise<number> => {
    const pattern = new RegExp(`api-${replica}: .*\\[API\\] started with listener on (\\S+)`);
    const [, address] = pattern.exec(await product.log.waitForLine(pattern, { deadlineMs: 40_000 }))!;
    return (await fetch(`http://${address}/v3/config/paths/${path}`, init)).status;
  };
  const add = (replica: number, name: string) => status(replica, `add/${name}`, { method: 'POST', body: '{}' });
  const has = (replica: number, name: string) =>
    waitFor(async () => (await status(replica, `get/${name}`).catch(() => 0)) === 200, { deadlineMs: 40_000, what: name });
  expect(await add(0, 'ofFirst')).toBe(200);
  await product.controls[0]!.kill();
  await product.log.waitForLine(/api-1: .*leads the control plane/, { deadlineMs: 40_000 });
  await has(1, 'ofFirst');
  expect(await add(1, 'ofSecond')).toBe(200);
  await has(1, 'ofSecond');
});
