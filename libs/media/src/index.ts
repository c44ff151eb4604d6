export type { StreamDescription, Track, TrackKind } from './track.ts';
export type { Unit } from './unit.ts';
