import type { Track } from '@mediamesh/media';

/** Times are of the loop, in the track's clock. */
export interface SlateSample {
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly payload: readonly Uint8Array[];
}

/** A track of what is shown while nobody publishes: its samples, over and over. They begin with a key unit. */
export interface SlateTrack {
  readonly track: Track;
  /** By decoding time. */
  readonly samples: readonly SlateSample[];
  readonly loopTicks: number;
}
