import { Lifetime, PostgresServer, standalone, startOverNats } from '@mediamesh/testkit';
import { ConfigWriter, killAmidChanges, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultRig } from '../scenarios/faults-rig.ts';

const KILLS = 100;
/** They fit into the clip: its frames are known until it begins again. */
const KILLS_A_STREAM = 5;
const lifetime = new Lifetime();
let rig: FaultRig;

beforeAll(async () => {
  rig = await FaultRig.prepare(lifetime);
});
afterAll(() => lifetime.end());

function report(writer: ConfigWriter): void {
  console.log(`${KILLS} kills: ${writer.accepted} changes were accepted, ${writer.keptUnanswered} were kept and not answered`);
  // Kills have come between writing and answering.
  expect(writer.keptUnanswered).toBeGreaterThan(0);
}

test(`the only process is killed ${KILLS} times while the API changes the configuration: no accepted change is lost`, async () => {
  const setup = testLifetime();
  const product = setup.own(await standalone.start({ stateDirectory: './state' }));
  const writer = testLifetime(product).own(new ConfigWriter(product));
  await killAmidChanges(product, writer, KILLS);
  report(writer);
});

test(`the control service is killed ${KILLS} times: no accepted change is lost, and streams lose nothing`, async () => {
  const setup = testLifetime();
  const { url: databaseURL } = setup.own(await PostgresServer.start());
  const product = setup.own(await startOverNats({ config: { databaseURL, pathDefaults: { gopCache: 'burst' } } }));
  const writer = testLifetime(product).own(new ConfigWriter(product));
  for (let round = 0; round < KILLS / KILLS_A_STREAM; round++) {
    const during = new Lifetime();
    try {
      const url = product.gateways[0]!.rtspUrl(`kept-${round}`);
      rig.publish(during, url);
      await product.log.waitForLine(new RegExp(`is publishing to path 'kept-${round}'`));
      const reader = rig.read(during, url);
      await reader.receives(1);
      await killAmidChanges(product, writer, KILLS_A_STREAM);
      await reader.receives(1);
      reader.expectWhole();
    } finally {
      await during.end();
    }
  }
  report(writer);
});
