export type { StreamDescription, Track, TrackKind } from './track.ts';
export type { Unit } from './unit.ts';
export type { BusUnit, EpochState, SegmentStart } from './epoch.ts';
export { epochNumber } from './epoch.ts';
