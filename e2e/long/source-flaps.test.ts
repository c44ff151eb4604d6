import { Lifetime, TOPOLOGIES, TemporaryFolder } from '@mediamesh/testkit';
import { surviveFlaps, testLifetime } from '@mediamesh/e2e';
import { afterAll, test } from 'vitest';

const FLAPS = 10;
const lifetime = new Lifetime();
const folder = lifetime.own(new TemporaryFolder());
afterAll(() => lifetime.end());

test.each(TOPOLOGIES)(`a source that flaps ${FLAPS} times on $name: its reader notices nothing`, async (topology) => {
  await surviveFlaps(topology, FLAPS, { during: testLifetime(), folder });
});
