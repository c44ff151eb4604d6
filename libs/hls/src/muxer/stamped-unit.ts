import type { CodecDescription } from '@mediamesh/codecs';

/** What the muxer must know of a track; a `Track` of the product is one. */
export type HlsTrack = {
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'data';
  readonly clockRateHz: number;
} & CodecDescription;

/** What depends on history; a `SegmentStart` of the product is one. */
export interface HlsSegmentStart {
  readonly ntpUs: number;
  readonly targetDurationMs: number;
  readonly discontinuitySequence: number;
  readonly firstSegmentInWindow: number;
}

/** A unit with the stamps of the ingest; a `BusUnit` of the product is one. */
export interface StampedUnit {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly key: boolean;
  readonly payload: readonly Uint8Array[];
  readonly epoch: number;
  readonly segment: number;
  readonly part: number;
  readonly revision: number;
  readonly segmentStart?: HlsSegmentStart;
}

/** The tracks of an epoch; a higher revision of the same epoch has the same tracks. */
export interface HlsDescription {
  readonly epoch: number;
  readonly tracks: readonly HlsTrack[];
}

export type HlsVariant = 'mpegts' | 'fmp4' | 'lowLatency';
