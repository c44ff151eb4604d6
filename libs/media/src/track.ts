import type { CodecDescription } from '@mediamesh/codecs';

export type TrackKind = 'video' | 'audio' | 'data';

/** One elementary stream of a path. `id` counts from 1 in the order of the publisher's description. */
export type Track = {
  readonly id: number;
  readonly kind: TrackKind;
  /** Ticks a second of every time of this track. */
  readonly clockRateHz: number;
} & CodecDescription;

/** The tracks of an epoch. A change of parameters raises `revision`; another set of tracks is another epoch. */
export interface StreamDescription {
  readonly tracks: readonly Track[];
  readonly revision: number;
  /** Session name of the publisher's SDP, where it gave one. */
  readonly title?: string;
}
