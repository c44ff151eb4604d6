import { ByteReader, ParseError } from '@mediamesh/bytes';
import { MAX_ACCESS_UNIT_BYTES } from '@mediamesh/codecs';
import { boxesIn, readFullBox, requireBox } from './box-header.ts';
import type { InitTrack, SampleDefaults } from './init-segment.ts';

/** Bytes of a `moof`; a sample takes at most 16. */
export const MAX_MOVIE_FRAGMENT_BYTES = 1024 * 1024;
/** Samples of a fragment: 4 minutes of video at 120 frames a second. Without this, a run of 16 bytes could say 4 billion. */
export const MAX_SAMPLES_PER_FRAGMENT = 32_768;
/** Decoding times: what is added to them later stays a safe integer. */
export const MAX_DECODE_TIME_TICKS = 2 ** 52;

const TFHD_FLAG = { baseDataOffset: 0x01, descriptionIndex: 0x02, duration: 0x08, size: 0x10, flags: 0x20, baseIsMoof: 0x02_0000 } as const;
const TRUN_FLAG = { dataOffset: 0x01, firstFlags: 0x04, duration: 0x100, size: 0x200, flags: 0x400, compositionOffset: 0x800 } as const;
const NON_SYNC = 0x01_0000;

/** Where a sample lies, and when. */
export interface SampleLocation {
  readonly trackId: number;
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly sync: boolean;
  /** From the start of the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface MovieFragment {
  readonly sequence: number;
  /** Of the tracks that were asked for, in the order of their places in the file. */
  readonly samples: readonly SampleLocation[];
}

/** Of all tracks of a fragment. */
interface FragmentState {
  readonly samples: SampleLocation[];
  /** Of the tracks that nobody asked for too, and empty ones. */
  sampleCount: number;
}

/** Of a track, across its runs. */
interface RunState {
  readonly fragment: FragmentState;
  /** False: it is only followed where the data lies. */
  readonly wanted: boolean;
  readonly trackId: number;
  readonly defaults: SampleDefaults;
  readonly base: number;
  dtsTicks: number;
  offset: number;
}

/**
 * Content of a `moof` that stands at `position` in its file.
 *
 * Shape:  `decodeTimes` holds where each track goes on when its fragment does not say it, and is brought up to date.
 * Units:  ticks of each track's timescale.
 * Errors: ParseError when malformed, past MAX_SAMPLES_PER_FRAGMENT, or when a sample exceeds an access unit's limit.
 * Source: ISO 14496-12 8.8.4 to 8.8.8, 8.8.12.
 */
export function parseMovieFragment(
  content: Uint8Array,
  position: number,
  tracks: ReadonlyMap<number, InitTrack>,
  decodeTimes: Map<number, number>,
): MovieFragment {
  const sequence = readFullBox(requireBox(content, 'mfhd', 'moof'), 'mfhd').reader.u32();
  const fragment: FragmentState = { samples: [], sampleCount: 0 };
  let end = position;
  for (const { type, content: trackFragment } of boxesIn(content, 'moof')) {
    if (type !== 'traf') continue;
    const { reader, flags } = readFullBox(requireBox(trackFragment, 'tfhd', 'traf'), 'tfhd');
    const trackId = reader.u32();
    const track = tracks.get(trackId);
    const base = (flags & TFHD_FLAG.baseDataOffset) !== 0 ? reader.u64() : (flags & TFHD_FLAG.baseIsMoof) !== 0 ? position : end;
    const defaults = readDefaults(reader, flags, track?.defaults);
    const dtsTicks = decodeTimes.get(trackId) ?? 0;
    const state: RunState = { fragment, wanted: track !== undefined, trackId, defaults, base, dtsTicks, offset: base };
    readTrackFragment(trackFragment, state);
    if (track) decodeTimes.set(trackId, state.dtsTicks);
    end = state.offset;
  }
  return { sequence, samples: fragment.samples.sort((a, b) => a.offset - b.offset) };
}

function readDefaults(reader: ByteReader, flags: number, inherited: SampleDefaults | undefined): SampleDefaults {
  if ((flags & TFHD_FLAG.descriptionIndex) !== 0) reader.skip(4);
  const durationTicks = (flags & TFHD_FLAG.duration) !== 0 ? reader.u32() : (inherited?.durationTicks ?? 0);
  const sizeBytes = (flags & TFHD_FLAG.size) !== 0 ? reader.u32() : (inherited?.sizeBytes ?? 0);
  return { durationTicks, sizeBytes, flags: (flags & TFHD_FLAG.flags) !== 0 ? reader.u32() : (inherited?.flags ?? 0) };
}

function readTrackFragment(content: Uint8Array, state: RunState): void {
  for (const { type, content: box } of boxesIn(content, 'traf')) {
    if (type === 'tfdt') {
      const { version, reader } = readFullBox(box, 'tfdt');
      state.dtsTicks = version === 1 ? reader.u64() : reader.u32();
    } else if (type === 'trun') readRun(box, state);
  }
}

function readRun(content: Uint8Array, state: RunState): void {
  const { flags, reader } = readFullBox(content, 'trun');
  const { defaults, fragment } = state;
  const count = reader.u32();
  fragment.sampleCount += count;
  if (fragment.sampleCount > MAX_SAMPLES_PER_FRAGMENT) throw new ParseError('trun', 4, `has more than ${MAX_SAMPLES_PER_FRAGMENT} samples`);
  if ((flags & TRUN_FLAG.dataOffset) !== 0) state.offset = state.base + signed(reader.u32());
  if (state.offset < 0) throw new ParseError('trun', 8, 'has its data before the file');
  const firstFlags = (flags & TRUN_FLAG.firstFlags) !== 0 ? reader.u32() : undefined;
  for (let i = 0; i < count; i++) {
    const durationTicks = (flags & TRUN_FLAG.duration) !== 0 ? reader.u32() : defaults.durationTicks;
    const sizeBytes = (flags & TRUN_FLAG.size) !== 0 ? reader.u32() : defaults.sizeBytes;
    const ownFlags = (flags & TRUN_FLAG.flags) !== 0 ? reader.u32() : defaults.flags;
    const sampleFlags = i === 0 && firstFlags !== undefined ? firstFlags : ownFlags;
    // Version 0 has no sign, but writers that ignore it put negative offsets there.
    const compositionOffset = (flags & TRUN_FLAG.compositionOffset) !== 0 ? signed(reader.u32()) : 0;
    if (sizeBytes > MAX_ACCESS_UNIT_BYTES) throw new ParseError('trun', reader.position, `has a sample of ${sizeBytes} bytes`);
    if (sizeBytes > 0 && state.wanted) {
      fragment.samples.push({
        trackId: state.trackId,
        dtsTicks: state.dtsTicks,
        ptsTicks: state.dtsTicks + compositionOffset,
        durationTicks,
        sync: (sampleFlags & NON_SYNC) === 0,
        offset: state.offset,
        sizeBytes,
      });
    }
    state.dtsTicks += durationTicks;
    state.offset += sizeBytes;
  }
  if (state.dtsTicks > MAX_DECODE_TIME_TICKS) throw new ParseError('trun', 0, 'reaches beyond 2^52 ticks');
}

function signed(value: number): number {
  return value | 0;
}
