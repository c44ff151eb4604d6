import { concatBytes } from '@mediamesh/bytes';
import { sampleEntryOf, serializeInitSegment } from '@mediamesh/mp4';
import type { SampleEntry } from '@mediamesh/mp4';
import { TsMuxer } from '@mediamesh/mpegts';
import { fileOf } from './segment.ts';
import type { HlsFile, HlsPart, SegmentMedia } from './segment.ts';
import type { HlsTrack, StampedUnit } from './stamped-unit.ts';
import { MP4_TRACK_ID, ORIGIN_S, TrackFragments } from './track-fragments.ts';

const TS_CLOCK_RATE_HZ = 90_000;

/** The unit that closes a part or a segment: the first one of the next. */
export interface Closing {
  readonly trackId: number;
  readonly dtsTicks: number;
}

/** A stream of its own: a track, or all of them in MPEG-TS. What it writes depends on the units since the segment's start only. */
export interface MediaStream {
  /** `video1`, `audio2`, `main` */
  readonly id: string;
  readonly tracks: readonly HlsTrack[];
  /** What its files say of the tracks; undefined until units have shown it. */
  readonly entries: readonly (SampleEntry | undefined)[];
  describe(tracks: readonly HlsTrack[]): void;
  startSegment(prefix: string): void;
  /** Hot. Returns the bytes that were added; 0 for tracks of other streams. */
  add(unit: StampedUnit): number;
  closePart(number: number, durationS: number, closing: Closing): HlsPart | undefined;
  closeSegment(id: number): SegmentMedia;
}

/** One track in fragments of MP4. */
export class Mp4Stream implements MediaStream {
  readonly id: string;
  private track: HlsTrack;
  private readonly fragments: TrackFragments;
  private readonly contentType: string;
  private prefix = '';
  private init: HlsFile | undefined;
  private parts: HlsPart[] = [];

  constructor(track: HlsTrack, index: number) {
    this.track = track;
    this.id = `${track.kind}${index + 1}`;
    this.contentType = `${track.kind}/mp4`;
    this.fragments = new TrackFragments(track);
  }

  get tracks(): readonly HlsTrack[] {
    return [this.track];
  }

  get entries(): readonly (SampleEntry | undefined)[] {
    return [this.fragments.entry];
  }

  describe(tracks: readonly HlsTrack[]): void {
    const track = tracks.find(({ id }) => id === this.track.id);
    if (track === undefined) return;
    this.track = track;
    this.fragments.describe(track);
  }

  startSegment(prefix: string): void {
    if (prefix !== this.prefix) this.init = undefined;
    this.prefix = prefix;
    this.parts = [];
    this.fragments.startSegment();
  }

  add(unit: StampedUnit): number {
    return unit.trackId === this.track.id ? this.fragments.add(unit) : 0;
  }

  closePart(number: number, durationS: number, { trackId, dtsTicks }: Closing): HlsPart {
    const independent = this.fragments.isIndependent;
    const bytes = this.fragments.close(number, trackId === this.track.id ? dtsTicks : undefined);
    const part = { file: fileOf(this.partName(number), this.contentType, [bytes]), durationS, independent };
    this.parts.push(part);
    return part;
  }

  closeSegment(id: number): SegmentMedia {
    const { parts } = this;
    const chunks = parts.flatMap(({ file }) => file.chunks);
    return { file: fileOf(`${this.prefix}_${this.id}_seg${id}.mp4`, this.contentType, chunks), init: this.initFile(), parts };
  }

  partName(number: number): string {
    return `${this.prefix}_${this.id}_part${number}.mp4`;
  }

  private initFile(): HlsFile | undefined {
    const { entry } = this.fragments;
    if (this.init === undefined && entry !== undefined) {
      const bytes = serializeInitSegment({ tracks: [{ id: MP4_TRACK_ID, timescale: this.track.clockRateHz, entry }] });
      this.init = fileOf(`${this.prefix}_${this.id}_init.mp4`, this.contentType, [bytes]);
    }
    return this.init;
  }
}

/** All tracks in an MPEG transport stream. */
export class TsStream implements MediaStream {
  readonly id = 'main';
  private current: readonly HlsTrack[];
  private muxer: TsMuxer;
  private prefix = '';
  private packets: Uint8Array[] = [];

  constructor(tracks: readonly HlsTrack[]) {
    this.current = tracks;
    this.muxer = muxerOf(tracks);
  }

  get tracks(): readonly HlsTrack[] {
    return this.current;
  }

  get entries(): readonly (SampleEntry | undefined)[] {
    return this.current.map((track) => (track.kind === 'data' ? undefined : sampleEntryOf(track)));
  }

  describe(tracks: readonly HlsTrack[]): void {
    this.current = this.current.map((track) => tracks.find(({ id }) => id === track.id) ?? track);
    this.muxer = muxerOf(this.current);
  }

  startSegment(prefix: string): void {
    this.prefix = prefix;
    this.packets = [];
    this.muxer.startSegment();
  }

  add(unit: StampedUnit): number {
    if (!this.current.some(({ id }) => id === unit.trackId)) return 0;
    const packets = this.muxer.write(unit);
    this.packets.push(packets);
    return packets.length;
  }

  closePart(): undefined {
    return undefined;
  }

  closeSegment(id: number): SegmentMedia {
    const bytes = concatBytes(this.packets);
    this.packets = [];
    return { file: fileOf(`${this.prefix}_${this.id}_seg${id}.ts`, 'video/mp2t', [bytes]), init: undefined, parts: [] };
  }
}

function muxerOf(tracks: readonly HlsTrack[]): TsMuxer {
  return new TsMuxer({ tracks, originTicks: ORIGIN_S * TS_CLOCK_RATE_HZ });
}
