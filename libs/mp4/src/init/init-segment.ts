import { ByteWriter, bytesFromLatin1, concatBytes } from '@mediamesh/bytes';
import { box, fullBox } from '../box.ts';
import { movieHeader } from './movie-header.ts';
import { trackBox } from './track-box.ts';
import type { Mp4Track } from './track-box.ts';

/** `iso6`: fragments have decoding times, and offsets are counted from them; `hlsf`: as HLS wants it. */
const MAJOR_BRAND = 'mp42';
const MINOR_VERSION = 1;
const COMPATIBLE_BRANDS: readonly string[] = ['mp41', 'mp42', 'isom', 'iso6', 'hlsf'];

export interface InitSegment {
  readonly tracks: readonly Mp4Track[];
  /** Of a recording that is complete; 0 or absent: that of its fragments. Takes the same room in the file. */
  readonly durationMs?: number;
  /** Boxes of `udta`. */
  readonly userData?: readonly Uint8Array[];
}

/**
 * The start of a fragmented file: what players need before the first fragment.
 *
 * Shape:  the same tracks give the same bytes: no times of creation.
 * Errors: ParseError when a parameter set or configuration is malformed.
 * Source: ISO 14496-12 4.3, 8.2, 8.8.
 */
export function serializeInitSegment({ tracks, durationMs = 0, userData = [] }: InitSegment): Uint8Array {
  const movie = box(
    'moov',
    movieHeader(durationMs),
    ...tracks.map(trackBox),
    box('mvex', ...tracks.map(({ id }) => trackExtends(id))),
    ...(userData.length > 0 ? [box('udta', ...userData)] : []),
  );
  return concatBytes([fileType(), movie]);
}

function fileType(): Uint8Array {
  const writer = new ByteWriter(8).bytes(bytesFromLatin1(MAJOR_BRAND)).u32(MINOR_VERSION);
  for (const brand of COMPATIBLE_BRANDS) writer.bytes(bytesFromLatin1(brand));
  return box('ftyp', writer.finish());
}

/** Defaults of a track's fragments: the first sample entry, everything else is said in each. */
function trackExtends(id: number): Uint8Array {
  return fullBox('trex', 0, 0, new ByteWriter(20).u32(id).u32(1).u32(0).u32(0).u32(0).finish());
}
