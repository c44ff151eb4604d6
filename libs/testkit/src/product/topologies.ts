import { nats } from './nats-topology.ts';
import type { Topology } from './product.ts';
import { standalone } from './standalone.ts';

/** What every scenario runs on: `describe.each(TOPOLOGIES)('... on $name', (topology) => ...)`. */
export const TOPOLOGIES: readonly Topology[] = [standalone, nats];
