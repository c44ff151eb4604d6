export { openAdmin } from './admin.ts';
export { openNats } from './nats.ts';
export type { NatsTopology } from './nats.ts';
export { runGateway } from './run-gateway.ts';
export { openStandalone } from './standalone.ts';
export type { Topology } from './topology.ts';
