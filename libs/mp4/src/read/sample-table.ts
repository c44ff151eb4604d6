import { ByteReader, ParseError } from '@mediamesh/bytes';
import { findBox, readFullBox, requireBox } from './box-header.ts';
import type { SampleLocation } from './movie-fragment.ts';

/** Samples of a track: three hours of audio in frames of 21 ms. */
export const MAX_SAMPLES_PER_TRACK = 500_000;

interface Table {
  readonly count: number;
  readonly reader: ByteReader;
}

/**
 * Where the samples of a file without fragments are, and when.
 *
 * Shape:  the content of `stbl` in, samples in decoding order out. Those of the first sample description and of others are not told apart.
 * Units:  ticks of the track's timescale, beginning at 0.
 * Errors: ParseError when tables are missing, malformed, contradict each other, or exceed MAX_SAMPLES_PER_TRACK.
 * Source: ISO 14496-12 8.6.1, 8.6.2, 8.7.3 to 8.7.5.
 */
export function parseSampleTable(trackId: number, table: Uint8Array): readonly SampleLocation[] {
  const sizes = sampleSizes(table);
  const offsets = sampleOffsets(table, sizes);
  const durations = runs(table, 'stts', sizes.length);
  const compositions = findBox(table, 'ctts', 'stbl') === undefined ? undefined : runs(table, 'ctts', sizes.length);
  const sync = syncSamples(table);
  const samples: SampleLocation[] = [];
  let dtsTicks = 0;
  for (const [index, sizeBytes] of sizes.entries()) {
    const durationTicks = durations[index]!;
    const ptsTicks = dtsTicks + ((compositions?.[index] ?? 0) | 0);
    samples.push({ trackId, dtsTicks, ptsTicks, durationTicks, sync: sync?.has(index + 1) ?? true, offset: offsets[index]!, sizeBytes });
    dtsTicks += durationTicks;
  }
  return samples;
}

function sampleSizes(table: Uint8Array): readonly number[] {
  const { reader } = readFullBox(requireBox(table, 'stsz', 'stbl'), 'stsz');
  const common = reader.u32();
  const count = reader.u32();
  if (count > MAX_SAMPLES_PER_TRACK) throw new ParseError('stsz', 0, `has more than ${MAX_SAMPLES_PER_TRACK} samples`);
  return Array.from({ length: count }, () => (common === 0 ? reader.u32() : common));
}

/** A value for each sample, from counts and values. */
function runs(table: Uint8Array, type: string, samples: number): readonly number[] {
  const { count, reader } = tableOf(requireBox(table, type, 'stbl'), type);
  const values: number[] = [];
  for (let run = 0; run < count; run++) {
    const length = reader.u32();
    const value = reader.u32();
    if (values.length + length > samples) throw new ParseError(type, 0, `has more than the ${samples} samples of stsz`);
    for (let i = 0; i < length; i++) values.push(value);
  }
  if (values.length < samples) throw new ParseError(type, 0, `has ${values.length} of the ${samples} samples of stsz`);
  return values;
}

function sampleOffsets(table: Uint8Array, sizes: readonly number[]): readonly number[] {
  const chunks = chunkOffsets(table);
  const { count, reader } = tableOf(requireBox(table, 'stsc', 'stbl'), 'stsc');
  const offsets: number[] = [];
  let [first, perChunk] = count === 0 ? [1, 0] : [reader.u32(), reader.u32()];
  for (let entry = 0; entry < count; entry++) {
    reader.skip(4); // sample description
    const isLast = entry === count - 1;
    const [next, nextPerChunk]: [number, number] = isLast ? [chunks.length + 1, 0] : [reader.u32(), reader.u32()];
    if (first === 0 || next <= first || next > chunks.length + 1)
      throw new ParseError('stsc', 0, 'has chunks out of order, or that are not there');
    for (let chunk = first; chunk < next; chunk++) {
      let offset = chunks[chunk - 1]!;
      for (let sample = 0; sample < perChunk && offsets.length < sizes.length; sample++) {
        const size = sizes[offsets.length]!;
        offsets.push(offset);
        offset += size;
      }
    }
    [first, perChunk] = [next, nextPerChunk];
  }
  if (offsets.length < sizes.length) throw new ParseError('stsc', 0, `has ${offsets.length} of the ${sizes.length} samples of stsz`);
  return offsets;
}

function chunkOffsets(table: Uint8Array): readonly number[] {
  const large = findBox(table, 'co64', 'stbl');
  const type = large === undefined ? 'stco' : 'co64';
  const { count, reader } = tableOf(large ?? requireBox(table, 'stco', 'stbl'), type);
  return Array.from({ length: count }, () => (large === undefined ? reader.u32() : reader.u32() * 0x1_0000_0000 + reader.u32()));
}

/** Numbers from 1; undefined when all of them are. */
function syncSamples(table: Uint8Array): ReadonlySet<number> | undefined {
  const box = findBox(table, 'stss', 'stbl');
  if (box === undefined) return undefined;
  const { count, reader } = tableOf(box, 'stss');
  return new Set(Array.from({ length: count }, () => reader.u32()));
}

function tableOf(content: Uint8Array, type: string): Table {
  const { reader } = readFullBox(content, type);
  const count = reader.u32();
  if (count > MAX_SAMPLES_PER_TRACK) throw new ParseError(type, 0, `has more than ${MAX_SAMPLES_PER_TRACK} entries`);
  return { count, reader };
}
