import type { CodecDescription } from '../description.ts';

/** An access unit with the form and the times of a `Unit`. */
export interface ProcessedUnit {
  readonly payload: readonly Uint8Array[];
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  /** Decoding can start here: a random access point of video; every unit of audio and data. */
  readonly key: boolean;
}

/** What every ingest puts a track's access units through; `createAccessUnitProcessor` makes one. */
export interface AccessUnitProcessor {
  /** Another object as soon as parameters changed in-band. */
  readonly description: CodecDescription;
  process(payload: readonly Uint8Array[], ptsTicks: number): ProcessedUnit | null;
}
