import { Lifetime, TOPOLOGIES, TemporaryFolder } from '@mediamesh/testkit';
import { surviveFlaps, testLifetime } from '@mediamesh/e2e';
import { afterAll, test } from 'vitest';

const lifetime = new Lifetime();
const folder = lifetime.own(new TemporaryFolder());
afterAll(() => lifetime.end());

// Ten of them in about a minute: e2e/long/source-flaps.test.ts.
test.each(TOPOLOGIES)(
  'a source that fails and returns on $name: readers get its backup meanwhile, and notice nothing',
  async (topology) => {
    await surviveFlaps(topology, 1, { during: testLifetime(), folder });
  },
);
