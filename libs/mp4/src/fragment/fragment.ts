import { writeSampleInto } from './sample-framing.ts';
import type { SampleFraming } from './sample-framing.ts';

/** One sample of a track, in decoding order. */
export interface Mp4Sample {
  /** To the next sample's decoding time. */
  readonly durationTicks: number;
  /** Presentation time less decoding time; can be negative. */
  readonly compositionOffsetTicks: number;
  /** Decoding can start here. */
  readonly sync: boolean;
  /** `sizeOfSample` of the payload. */
  readonly sizeBytes: number;
  readonly payload: readonly Uint8Array[];
}

export interface FragmentTrack {
  readonly id: number;
  /** Decoding time of the first sample, not negative. */
  readonly baseDecodeTimeTicks: number;
  readonly framing: SampleFraming;
  readonly samples: readonly Mp4Sample[];
}

export interface Fragment {
  readonly sequence: number;
  readonly tracks: readonly FragmentTrack[];
}

const BOX_HEADER_BYTES = 8;
const MFHD_BYTES = 16;
const TFDT_BYTES = 20;
const TFHD_BYTES = 16;
const TRUN_BYTES = 20;

const TFHD_FLAG = { defaultDuration: 0x08, defaultFlags: 0x20, defaultBaseIsMoof: 0x02_0000 } as const;
const TRUN_FLAG = { dataOffset: 0x01, duration: 0x100, size: 0x200, flags: 0x400, compositionOffset: 0x800 } as const;
/** sample_depends_on says no, or yes with sample_is_non_sync_sample (ISO 14496-12 8.8.3.1). */
const SYNC_FLAGS = 0x0200_0000;
const NON_SYNC_FLAGS = 0x0101_0000;

/** What the samples of a run do not share stands in each, the rest once. */
function runFlagsOf(samples: readonly Mp4Sample[]): number {
  const first = samples[0];
  let flags: number = TRUN_FLAG.dataOffset | TRUN_FLAG.size;
  if (!first) return flags;
  for (const sample of samples) {
    if (sample.durationTicks !== first.durationTicks) flags |= TRUN_FLAG.duration;
    if (sample.sync !== first.sync) flags |= TRUN_FLAG.flags;
    if (sample.compositionOffsetTicks !== 0) flags |= TRUN_FLAG.compositionOffset;
  }
  return flags;
}

function sizeOfTrackFragment(samples: readonly Mp4Sample[], runFlags: number): number {
  let entry = 4;
  let head = TFHD_BYTES;
  if ((runFlags & TRUN_FLAG.duration) !== 0) entry += 4;
  else head += 4;
  if ((runFlags & TRUN_FLAG.flags) !== 0) entry += 4;
  else head += 4;
  if ((runFlags & TRUN_FLAG.compositionOffset) !== 0) entry += 4;
  return BOX_HEADER_BYTES + head + TFDT_BYTES + TRUN_BYTES + entry * samples.length;
}

/**
 * A movie fragment and its media data: a part of an HLS segment, or of a recording.
 *
 * Shape:    `moof` and `mdat` in one allocation; each payload is copied once, into its place. Tracks lie one behind the other.
 *           The same fragment gives the same bytes.
 * Units:    ticks of each track's timescale; composition offsets have 32 bits, decoding times 53.
 * Errors:   RangeError when a `sizeBytes` is not what its payload takes.
 * Source:   ISO 14496-12 8.8.4 to 8.8.8, 8.8.12.
 */
export function serializeFragment(fragment: Fragment): Uint8Array {
  const { tracks } = fragment;
  const runFlags = new Array<number>(tracks.length);
  let moofBytes = BOX_HEADER_BYTES + MFHD_BYTES;
  let mdatBytes = BOX_HEADER_BYTES;
  for (let i = 0; i < tracks.length; i++) {
    const { samples } = tracks[i]!;
    runFlags[i] = runFlagsOf(samples);
    moofBytes += sizeOfTrackFragment(samples, runFlags[i]!);
    for (const sample of samples) mdatBytes += sample.sizeBytes;
  }
  const target = new Uint8Array(moofBytes + mdatBytes);
  const view = new DataView(target.buffer);
  let at = writeBoxHeader(view, 0, moofBytes, 'moof');
  at = writeFullBoxHeader(view, at, MFHD_BYTES, 'mfhd', 0);
  view.setUint32(at, fragment.sequence);
  at += 4;
  let dataOffset = moofBytes + BOX_HEADER_BYTES;
  for (let i = 0; i < tracks.length; i++) {
    at = writeTrackFragment(view, at, tracks[i]!, runFlags[i]!, dataOffset);
    for (const sample of tracks[i]!.samples) dataOffset += sample.sizeBytes;
  }
  at = writeBoxHeader(view, at, mdatBytes, 'mdat');
  for (const { samples, framing } of tracks) {
    for (const sample of samples) {
      const end = at + sample.sizeBytes;
      at = writeSampleInto(framing, sample.payload, target, at);
      if (at !== end) throw new RangeError(`a sample of ${sample.sizeBytes} bytes takes ${sample.sizeBytes + at - end}`);
    }
  }
  return target;
}

function writeTrackFragment(view: DataView, offset: number, track: FragmentTrack, runFlags: number, dataOffset: number): number {
  const { samples } = track;
  let at = writeBoxHeader(view, offset, sizeOfTrackFragment(samples, runFlags), 'traf');
  at = writeTrackFragmentHeader(view, at, track, runFlags);
  at = writeFullBoxHeader(view, at, TFDT_BYTES, 'tfdt', 0x0100_0000);
  view.setUint32(at, Math.floor(track.baseDecodeTimeTicks / 0x1_0000_0000));
  view.setUint32(at + 4, track.baseDecodeTimeTicks >>> 0);
  return writeRun(view, at + 8, samples, runFlags, dataOffset);
}

function writeTrackFragmentHeader(view: DataView, offset: number, { id, samples }: FragmentTrack, runFlags: number): number {
  const sharedDuration = (runFlags & TRUN_FLAG.duration) === 0;
  const sharedFlags = (runFlags & TRUN_FLAG.flags) === 0;
  const flags = TFHD_FLAG.defaultBaseIsMoof | (sharedDuration ? TFHD_FLAG.defaultDuration : 0) | (sharedFlags ? TFHD_FLAG.defaultFlags : 0);
  const size = TFHD_BYTES + (sharedDuration ? 4 : 0) + (sharedFlags ? 4 : 0);
  let at = writeFullBoxHeader(view, offset, size, 'tfhd', flags);
  view.setUint32(at, id);
  at += 4;
  if (sharedDuration) {
    view.setUint32(at, samples[0]?.durationTicks ?? 0);
    at += 4;
  }
  if (sharedFlags) {
    view.setUint32(at, samples[0]?.sync === false ? NON_SYNC_FLAGS : SYNC_FLAGS);
    at += 4;
  }
  return at;
}

/** Version 1: composition offsets have a sign. */
function writeRun(view: DataView, offset: number, samples: readonly Mp4Sample[], runFlags: number, dataOffset: number): number {
  const entryBytes =
    4 * (1 + bit(runFlags, TRUN_FLAG.duration) + bit(runFlags, TRUN_FLAG.flags) + bit(runFlags, TRUN_FLAG.compositionOffset));
  let at = writeFullBoxHeader(view, offset, TRUN_BYTES + entryBytes * samples.length, 'trun', 0x0100_0000 | runFlags);
  view.setUint32(at, samples.length);
  view.setInt32(at + 4, dataOffset);
  at += 8;
  for (const sample of samples) {
    if ((runFlags & TRUN_FLAG.duration) !== 0) {
      view.setUint32(at, sample.durationTicks);
      at += 4;
    }
    view.setUint32(at, sample.sizeBytes);
    at += 4;
    if ((runFlags & TRUN_FLAG.flags) !== 0) {
      view.setUint32(at, sample.sync ? SYNC_FLAGS : NON_SYNC_FLAGS);
      at += 4;
    }
    if ((runFlags & TRUN_FLAG.compositionOffset) !== 0) {
      view.setInt32(at, sample.compositionOffsetTicks);
      at += 4;
    }
  }
  return at;
}

function bit(flags: number, flag: number): 0 | 1 {
  return (flags & flag) === 0 ? 0 : 1;
}

function writeBoxHeader(view: DataView, offset: number, size: number, type: string): number {
  view.setUint32(offset, size);
  for (let i = 0; i < 4; i++) view.setUint8(offset + 4 + i, type.charCodeAt(i));
  return offset + BOX_HEADER_BYTES;
}

function writeFullBoxHeader(view: DataView, offset: number, size: number, type: string, versionAndFlags: number): number {
  const at = writeBoxHeader(view, offset, size, type);
  view.setUint32(at, versionAndFlags);
  return at + 4;
}
