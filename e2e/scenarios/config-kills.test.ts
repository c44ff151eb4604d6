import { Lifetime, PostgresServer, standalone, startOverNats, waitFor } from '@mediamesh/testkit';
import { ConfigWriter, killAmidChanges, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultRig, getJson } from './faults-rig.ts';

const KILLS = 2;
const DEADLINE_MS = 20_000;
const lifetime = new Lifetime();
let rig: FaultRig;
let database: PostgresServer;

beforeAll(async () => {
  [rig, database] = await Promise.all([FaultRig.prepare(lifetime), PostgresServer.start()]);
  lifetime.own(database);
});
afterAll(() => lifetime.end());

test('the only process is killed while the API changes the configuration: no accepted change is lost', async ({ annotate }) => {
  const setup = testLifetime();
  const product = setup.own(await standalone.start({ stateDirectory: './state' }));
  const writer = testLifetime(product).own(new ConfigWriter(product));
  await killAmidChanges(product, writer, KILLS);
  await annotate(`${writer.accepted} changes were accepted, ${writer.keptUnanswered} were kept and not answered`);
});

test('the control service is: streams lose nothing either', async ({ annotate }) => {
  const setup = testLifetime();
  const product = setup.own(await startOverNats({ config: { databaseURL: database.url, pathDefaults: { gopCache: 'burst' } } }));
  const during = testLifetime(product);
  const url = product.gateways[0]!.rtspUrl('kept');
  rig.publish(during, url);
  await product.log.waitForLine(/is publishing to path 'kept'/);
  const reader = rig.read(during, url);
  await reader.receives(1);
  const writer = during.own(new ConfigWriter(product));
  await killAmidChanges(product, writer, KILLS);
  await reader.receives(1);
  reader.expectWhole();
  await annotate(`${writer.accepted} changes were accepted, ${writer.keptUnanswered} were kept and not answered`);
});

test('another replica that leads has what was changed, and the database may be away meanwhile', async () => {
  const setup = testLifetime();
  const product = setup.own(await startOverNats({ controls: 2, config: { databaseURL: database.url } }));
  testLifetime(product);
  const add = (url: string, name: string) => fetch(`${url}/v3/config/paths/add/${name}`, { method: 'POST', body: '{"maxReaders": 7}' });
  expect((await add(product.apiUrl(''), 'first')).status).toBe(200);
  await database.kill();
  const refused = await add(product.apiUrl(''), 'refused');
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining("the database of 'databaseURL' cannot be used")]);
  expect((await fetch(product.apiUrl('/v3/config/paths/get/refused'))).status).toBe(404);

  await product.controls[0]!.kill();
  const line = await product.log.waitForLine(/^api-1: .*\[API\] started with listener on ([\d.:]+)/, { deadlineMs: DEADLINE_MS });
  const api = `http://${/listener on ([\d.:]+)/.exec(line)![1]}`;
  expect((await add(api, 'refused')).status).toBe(503);
  await database.restart();
  const names = async () => {
    const { items } = await getJson<{ readonly items: readonly { readonly name: string }[] }>(`${api}/v3/config/paths/list`);
    return items.map(({ name }) => name);
  };
  await waitFor(async () => (await names()).includes('first'), { deadlineMs: DEADLINE_MS, what: 'what was kept' });
  expect((await add(api, 'second')).status).toBe(200);
  expect(await names()).toEqual(['all_others', 'first', 'second']);
});
