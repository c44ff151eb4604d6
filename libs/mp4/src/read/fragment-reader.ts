import { ParseError, concatBytes } from '@mediamesh/bytes';
import { parseSample, sampleFramingOf } from '../fragment/sample-framing.ts';
import { BOX_HEADER_BYTES } from '../box.ts';
import { MAX_BOX_HEADER_BYTES, parseBoxHeader } from './box-header.ts';
import type { BoxHeader } from './box-header.ts';
import type { InitTrack } from './init-segment.ts';
import { MAX_MOVIE_FRAGMENT_BYTES, parseMovieFragment } from './movie-fragment.ts';
import type { SampleLocation } from './movie-fragment.ts';
import { PieceReader } from './piece-reader.ts';

/** A sample as a unit of its track. */
export interface ReadSample {
  readonly trackId: number;
  readonly dtsTicks: number;
  readonly ptsTicks: number;
  readonly durationTicks: number;
  readonly sync: boolean;
  readonly payload: readonly Uint8Array[];
}

type BoxState =
  | { readonly kind: 'header' }
  /** The first half of a header with a 64-bit size. */
  | { readonly kind: 'largeHeader'; readonly start: Uint8Array }
  | { readonly kind: 'movieFragment'; readonly contentBytes: number; readonly position: number }
  /** Samples are cut out of what is passed; `end` is a position in the file. */
  | { readonly kind: 'pass'; readonly end: number };

const AT_HEADER: BoxState = { kind: 'header' };

/**
 * Segments and parts of fragmented MP4 into units.
 *
 * Shape:    bytes in any chunks; samples come in the order of their places in the file, as soon as each is complete.
 *           `end()` closes a segment; decoding times go on in the next where it does not say them. Boxes other than `moof` and `mdat`
 *           (styp, sidx, emsg, prft, free, ...) are passed. Tracks that were not given are too.
 * Units:    ticks of each track's timescale.
 * Errors:   ParseError when a box is malformed, at a limit, or when a segment ends inside a box or before a sample.
 * Aliasing: payloads are views of chunks where a sample lies in one chunk.
 * Source:   ISO 14496-12 4.2, 8.8.
 */
export class FragmentReader {
  private readonly tracks = new Map<number, InitTrack>();
  private readonly decodeTimes = new Map<number, number>();
  private readonly input = new PieceReader();
  private state: BoxState = AT_HEADER;
  /** In the file, of the next byte of `input`. */
  private position = 0;
  private pending: readonly SampleLocation[] = [];
  /** In `pending`. */
  private next = 0;

  constructor(tracks: readonly InitTrack[]) {
    for (const track of tracks) this.tracks.set(track.id, track);
  }

  push(chunk: Uint8Array): readonly ReadSample[] {
    this.input.push(chunk);
    const samples: ReadSample[] = [];
    while (this.step(samples));
    return samples;
  }

  /** The segment is complete. Errors: ParseError when it is not. */
  end(): void {
    const unbounded = this.state.kind === 'pass' && this.state.end === Number.POSITIVE_INFINITY;
    const truncated = (this.state !== AT_HEADER && !unbounded) || this.input.unfinished;
    const missing = this.next < this.pending.length;
    const { position } = this;
    this.state = AT_HEADER;
    this.input.clear();
    this.position = 0;
    this.pending = [];
    this.next = 0;
    if (truncated) throw new ParseError('segment', position, 'ends inside a box');
    if (missing) throw new ParseError('segment', position, 'ends before the samples of its fragment');
  }

  /** False when more input is needed. */
  private step(samples: ReadSample[]): boolean {
    switch (this.state.kind) {
      case 'header':
        return this.readHeader();
      case 'largeHeader':
        return this.readLargeHeader(this.state.start);
      case 'movieFragment':
        return this.readMovieFragment(this.state.contentBytes, this.state.position);
      case 'pass':
        return this.pass(this.state.end, samples);
    }
  }

  private readHeader(): boolean {
    const bytes = this.take(BOX_HEADER_BYTES);
    if (!bytes) return false;
    const header = parseBoxHeader(bytes);
    if (header) this.enter(header);
    else this.state = { kind: 'largeHeader', start: bytes };
    return true;
  }

  private readLargeHeader(start: Uint8Array): boolean {
    const bytes = this.take(MAX_BOX_HEADER_BYTES - BOX_HEADER_BYTES);
    if (!bytes) return false;
    this.enter(parseBoxHeader(concatBytes([start, bytes]))!);
    return true;
  }

  private enter({ type, sizeBytes, headerBytes }: BoxHeader): void {
    const position = this.position - headerBytes;
    if (type !== 'moof') {
      this.state = { kind: 'pass', end: sizeBytes === undefined ? Number.POSITIVE_INFINITY : position + sizeBytes };
      return;
    }
    if (sizeBytes === undefined || sizeBytes > MAX_MOVIE_FRAGMENT_BYTES) {
      throw new ParseError('moof', 0, `is larger than ${MAX_MOVIE_FRAGMENT_BYTES} bytes`);
    }
    if (this.next < this.pending.length) throw new ParseError('moof', 0, 'comes before the samples of the one before');
    this.state = { kind: 'movieFragment', contentBytes: sizeBytes - headerBytes, position };
  }

  private readMovieFragment(contentBytes: number, position: number): boolean {
    const bytes = this.take(contentBytes);
    if (!bytes) return false;
    this.pending = parseMovieFragment(bytes, position, this.tracks, this.decodeTimes).samples;
    this.next = 0;
    this.state = AT_HEADER;
    return true;
  }

  /** To the next sample inside of the box, or to the end of the box. */
  private pass(end: number, samples: ReadSample[]): boolean {
    const sample = this.pending[this.next];
    if (!sample || sample.offset >= end) {
      this.skip(end - this.position);
      if (this.position < end) return false;
      this.state = AT_HEADER;
      return true;
    }
    if (sample.offset < this.position) throw new ParseError('moof', 0, 'has a sample whose data lies before or inside of another');
    if (sample.offset + sample.sizeBytes > end) throw new ParseError('moof', 0, 'has a sample that exceeds its box');
    this.skip(sample.offset - this.position);
    if (this.position < sample.offset) return false;
    const bytes = this.take(sample.sizeBytes);
    if (!bytes) return false;
    this.next++;
    samples.push(this.unitOf(sample, bytes));
    return true;
  }

  private unitOf({ trackId, dtsTicks, ptsTicks, durationTicks, sync }: SampleLocation, bytes: Uint8Array): ReadSample {
    const { entry, nalLengthBytes } = this.tracks.get(trackId)!;
    return { trackId, dtsTicks, ptsTicks, durationTicks, sync, payload: parseSample(sampleFramingOf(entry.codec), bytes, nalLengthBytes) };
  }

  private take(size: number): Uint8Array | undefined {
    const bytes = this.input.take(size);
    if (bytes) this.position += size;
    return bytes;
  }

  private skip(size: number): void {
    this.position += this.input.skip(size);
  }
}
