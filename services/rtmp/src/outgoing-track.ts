import { equalBytes } from '@mediamesh/bytes';
import type { ByteSlab } from '@mediamesh/bytes';
import type { Track } from '@mediamesh/media';
import type { OutgoingCodec } from './outgoing-codec.ts';
import type { SoundCutter } from './sound-frames.ts';

/** One track as the path's RTMP readers see it. */
export interface OutgoingTrack {
  track: Track;
  /** In the description, from 1. */
  readonly number: number;
  readonly codec: OutgoingCodec;
  /** Where its messages are written. */
  readonly slab: ByteSlab;
  /** Of sound. */
  cutter: SoundCutter | undefined;
  /** What is sent before its frames; undefined as long as nobody knows it, null for codecs without. */
  configuration: Uint8Array | undefined | null;
  /** Grows with each change of it. */
  configurationRevision: number;
}

/** A configuration that is not known changes nothing. */
export function setConfiguration(outgoing: OutgoingTrack, configuration: Uint8Array | undefined | null): void {
  if (configuration === undefined || isEqual(outgoing.configuration, configuration)) return;
  outgoing.configuration = configuration;
  outgoing.configurationRevision++;
}

function isEqual(a: Uint8Array | undefined | null, b: Uint8Array | null): boolean {
  if (a === undefined || a === null || b === null) return a === b;
  return equalBytes(a, b);
}
