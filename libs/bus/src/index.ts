export { BusError, ENDED_EPOCH_KEPT_MS, EPOCH_REMOVED } from './port.ts';
export type {
  BusErrorCode,
  BusSink,
  BusStart,
  BusWindow,
  EpochTail,
  MediaBus,
  Publication,
  PublicationEvents,
  Subscription,
} from './port.ts';
export type { SinkErrorReport } from './unit-gate.ts';
export { MemoryBus } from './memory/memory-bus.ts';
export type { MemoryBusOptions } from './memory/memory-bus.ts';
export { JetStreamBus } from './jetstream/jetstream-bus.ts';
export type { JetStreamBusOptions } from './jetstream/jetstream-bus.ts';
export type { BusConnectionOptions, BusCredentials, BusTls } from './jetstream/bus-connection.ts';
