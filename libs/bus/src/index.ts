export { BusError } from './port.ts';
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
