import { ParseError } from '@mediamesh/bytes';
import { FlacPacketizer, OPUS_CLOCK_RATE_HZ, parseAudioSpecificConfig } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { FragmentReader, descriptionOf, parseInitSegment } from '@mediamesh/mp4';
import type { InitTrack } from '@mediamesh/mp4';
import { TsDemuxer } from '@mediamesh/mpegts';

const TS_CLOCK_HZ = 90_000;
const VIDEO_CLOCK_HZ = 90_000;

/** Tracks of one playlist; `index` counts those that the product carries. */
export type MediaTrack = { readonly clockRateHz: number } & CodecDescription;

export interface MediaUnit {
  readonly index: number;
  /** On the playlist's time line, in the track's clock. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly payload: readonly Uint8Array[];
  readonly discontinuity: boolean;
}

export interface ReadMedia {
  readonly units: readonly MediaUnit[];
  /** What was malformed, and passed over. */
  readonly errors: readonly Error[];
}

/** Segments of one run without discontinuity. Errors: ParseError of what cannot be passed over. */
export interface MediaReader {
  /** Undefined until enough was read. */
  readonly tracks: readonly MediaTrack[] | undefined;
  /** Names of what is left out, once `tracks` is there. */
  readonly unsupported: readonly string[];
  /** A whole segment, or part. */
  read(segment: Uint8Array): ReadMedia;
}

export class TsMediaReader implements MediaReader {
  tracks: readonly MediaTrack[] | undefined;
  unsupported: readonly string[] = [];
  private readonly demuxer = new TsDemuxer();
  private readonly indexes = new Map<number, number>();

  read(segment: Uint8Array): ReadMedia {
    const units: MediaUnit[] = [];
    const errors: Error[] = [];
    for (const event of [...this.demuxer.push(segment), ...this.demuxer.endSegment()]) {
      if (event.kind === 'error') errors.push(event.error);
      else if (event.kind === 'streams') {
        for (const [index, { pid }] of event.streams.entries()) this.indexes.set(pid, index);
        this.tracks = event.streams;
        this.unsupported = event.unsupported.map((number) => `track ${number}`);
      } else if (event.kind === 'unit') units.push({ ...event.unit, index: this.indexes.get(event.unit.pid)! });
    }
    if (this.tracks === undefined) return { units, errors };
    const { tracks } = this;
    const originOf = (index: number): number => Math.round((this.demuxer.originTicks * tracks[index]!.clockRateHz) / TS_CLOCK_HZ);
    const placed = units.map((unit) => {
      const origin = originOf(unit.index);
      return { ...unit, ptsTicks: unit.ptsTicks + origin, dtsTicks: unit.dtsTicks + origin };
    });
    return { units: placed, errors };
  }
}

interface Place {
  readonly index: number;
  readonly clockRateHz: number;
  readonly timescale: number;
  readonly flac: FlacPacketizer | undefined;
}

export class Mp4MediaReader implements MediaReader {
  readonly tracks: readonly MediaTrack[];
  readonly unsupported: readonly string[];
  private readonly reader: FragmentReader;
  private readonly places = new Map<number, Place>();

  /** Errors: ParseError of the init segment. */
  constructor(init: Uint8Array) {
    const parsed = parseInitSegment(init);
    const tracks: MediaTrack[] = [];
    const known: InitTrack[] = [];
    const unsupported = [...parsed.unsupported];
    for (const track of parsed.tracks) {
      const description = descriptionOf(track.entry);
      const clockRateHz = description && clockRateOf(description);
      if (description === undefined || clockRateHz === undefined) {
        unsupported.push(track.entry.codec);
        continue;
      }
      const flac = description.codec === 'FLAC' ? new FlacPacketizer(description.parameters.payloadType) : undefined;
      this.places.set(track.id, { index: tracks.length, clockRateHz, timescale: track.timescale, flac });
      tracks.push({ clockRateHz, ...description });
      known.push(track);
    }
    this.tracks = tracks;
    this.unsupported = unsupported;
    this.reader = new FragmentReader(known);
  }

  read(segment: Uint8Array): ReadMedia {
    const samples = this.reader.push(segment);
    this.reader.end();
    const units = samples.map(({ trackId, ptsTicks, dtsTicks, payload }) => {
      const { index, clockRateHz, timescale, flac } = this.places.get(trackId)!;
      const dts = converted(dtsTicks, timescale, clockRateHz);
      return {
        index,
        ptsTicks: dts + converted(ptsTicks - dtsTicks, timescale, clockRateHz),
        dtsTicks: dts,
        payload: flac === undefined ? payload : payload.map((frame) => flac.packet(frame, dts)),
        discontinuity: false,
      };
    });
    return { units, errors: [] };
  }
}

/** The clock that the product's tracks of a codec count in; undefined for one whose units cannot be made of samples. */
function clockRateOf(description: CodecDescription): number | undefined {
  switch (description.codec) {
    case 'Opus':
      return OPUS_CLOCK_RATE_HZ;
    case 'MPEG-4 Audio':
      return parseAudioSpecificConfig(description.parameters.config).sampleRateHz;
    case 'AC3':
    case 'LPCM':
      return description.parameters.sampleRateHz;
    case 'FLAC':
      return Number(description.parameters.rtpMap.split('/')[1]);
    case 'Generic':
      return undefined; // units are RTP packets
    default:
      return VIDEO_CLOCK_HZ;
  }
}

/** Exact for times of centuries: whole seconds are converted apart. */
function converted(ticks: number, from: number, to: number): number {
  if (from === to) return ticks;
  const seconds = Math.floor(ticks / from);
  return seconds * to + Math.round(((ticks - seconds * from) * to) / from);
}

/** Errors: ParseError when a run has other tracks than the one before: readers cannot follow that. */
export function checkSameTracks(before: readonly MediaTrack[], now: readonly MediaTrack[]): void {
  const same =
    before.length === now.length &&
    before.every(({ codec, clockRateHz }, i) => codec === now[i]!.codec && clockRateHz === now[i]!.clockRateHz);
  if (!same) throw new ParseError('segment', 0, 'has other tracks than those before it');
}
