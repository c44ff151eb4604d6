import { flacBlockSize, unitDurationTicks } from '@mediamesh/codecs';
import { UnitSampler, sampleFramingOf, serializeFragment, sizeOfSample } from '@mediamesh/mp4';
import type { Mp4Sample, SampleEntry, SampleFraming } from '@mediamesh/mp4';
import { HlsMuxerError } from './carried-tracks.ts';
import type { HlsTrack, StampedUnit } from './stamped-unit.ts';

/** Added to decoding times, so that none is negative. As MediaMTX. */
export const ORIGIN_S = 10;
/** Of the only track in a file. */
export const MP4_TRACK_ID = 1;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The samples of a track, a fragment at a time.
 *
 * Durations: a sample lasts to the next of its track. The last one of a fragment lasts to the unit that closes the fragment, when that
 *            is of the same track; else as long as its codec says, or as the sample before it in the segment. So a replica that joins
 *            at a segment writes the same bytes.
 * Errors:    ParseError of a unit that cannot be read; HlsMuxerError when its time is before the origin.
 */
export class TrackFragments {
  private track: HlsTrack;
  private readonly sampler: UnitSampler;
  private readonly framing: SampleFraming;
  private samples: Writable<Mp4Sample>[] = [];
  private baseTicks = 0;
  private lastTicks = 0;
  private lastDurationTicks = 0;
  private independent = false;

  constructor(track: HlsTrack) {
    this.track = track;
    this.sampler = new UnitSampler(track);
    this.framing = sampleFramingOf(track.codec);
  }

  get entry(): SampleEntry | undefined {
    return this.sampler.entry;
  }

  /** Whether decoding can start in the fragment that is being filled. */
  get isIndependent(): boolean {
    return this.independent;
  }

  describe(track: HlsTrack): void {
    this.track = track;
    this.sampler.describe(track);
  }

  startSegment(): void {
    this.lastDurationTicks = 0;
    this.clear();
  }

  /** Hot: once a unit. Returns the bytes that were added. */
  add(unit: StampedUnit): number {
    let addedBytes = 0;
    const compositionOffsetTicks = unit.ptsTicks - unit.dtsTicks;
    for (const { offsetTicks, payload } of this.sampler.sample(unit.payload, unit.key)) {
      const sizeBytes = sizeOfSample(this.framing, payload);
      const dtsTicks = unit.dtsTicks + offsetTicks;
      const count = this.samples.length;
      if (count === 0) this.baseTicks = this.decodeTime(dtsTicks);
      else this.endLast(dtsTicks);
      this.samples.push({ durationTicks: 0, compositionOffsetTicks, sync: unit.key, sizeBytes, payload });
      this.lastTicks = dtsTicks;
      this.independent ||= unit.key;
      addedBytes += sizeBytes;
    }
    return addedBytes;
  }

  /** `endTicks`: decoding time of the unit that closes it, when that is of this track. */
  close(sequence: number, endTicks: number | undefined): Uint8Array {
    const { samples, framing } = this;
    const last = samples.at(-1);
    if (last !== undefined) {
      if (endTicks !== undefined) this.endLast(endTicks);
      else last.durationTicks = this.nominalTicks(last.payload) ?? this.lastDurationTicks;
    }
    const tracks = samples.length === 0 ? [] : [{ id: MP4_TRACK_ID, baseDecodeTimeTicks: this.baseTicks, framing, samples }];
    const bytes = serializeFragment({ sequence, tracks });
    this.clear();
    return bytes;
  }

  private endLast(nextTicks: number): void {
    this.lastDurationTicks = Math.max(0, nextTicks - this.lastTicks);
    this.samples.at(-1)!.durationTicks = this.lastDurationTicks;
  }

  /** Samples of LATM are AAC frames, which do not say it; those of FLAC are frames without packets. */
  private nominalTicks(payload: readonly Uint8Array[]): number | undefined {
    const { codec } = this.track;
    if (codec === 'FLAC') return flacBlockSize(payload[0]!);
    return codec === 'MPEG-4 Audio LATM' ? undefined : unitDurationTicks(this.track, payload);
  }

  private decodeTime(dtsTicks: number): number {
    const ticks = dtsTicks + ORIGIN_S * this.track.clockRateHz;
    if (ticks < 0) throw new HlsMuxerError('sample timestamp is impossible to handle');
    return ticks;
  }

  private clear(): void {
    this.samples = [];
    this.independent = false;
  }
}
