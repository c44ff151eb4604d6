import type { CodecDescription } from '@mediamesh/codecs';
import { trackKindOf } from '@mediamesh/codecs';
import { elementaryFormOf } from './mux/elementary-form.ts';
import type { ElementaryForm } from './mux/elementary-form.ts';
import { NO_ADAPTATION, PacketWriter } from './mux/packet-writer.ts';
import type { Adaptation } from './mux/packet-writer.ts';
import { PieceList } from './mux/piece-list.ts';
import { sizeOfPesHeader, writePesHeaderInto } from './pes.ts';
import { PAT_PID, serializePat, serializePmt } from './program-tables.ts';

const CLOCK_RATE_HZ = 90_000;
const PROGRAM_NUMBER = 1;
const PMT_PID = 0x1000;
const FIRST_PID = 0x100;
/** Who joins a stream waits for its tables this long at most. */
const TABLES_PERIOD_TICKS = CLOCK_RATE_HZ / 2;
/** The clock runs this much behind decoding: what a decoder has to receive a frame. As MediaMTX. */
const PCR_DELAY_TICKS = CLOCK_RATE_HZ / 10;

/** What the muxer must know of a track; a `Track` of the product is one. */
export type TsMuxerTrack = { readonly id: number; readonly clockRateHz: number } & CodecDescription;

/** What it must know of a unit; a `Unit` of the product is one. */
export interface TsMuxerUnit {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly key: boolean;
  readonly payload: readonly Uint8Array[];
}

export interface TsMuxerOptions {
  /** Each of them must be one that `canMuxTs` says yes to. */
  readonly tracks: readonly TsMuxerTrack[];
  /** Added to all times, in ticks of 90 kHz, so that none is negative. */
  readonly originTicks?: number;
}

/** Whether MPEG-TS has a form for the track. */
export function canMuxTs(track: CodecDescription): boolean {
  return elementaryFormOf(track) !== undefined;
}

/**
 * Units of one program into an MPEG transport stream.
 *
 * Shape:    `write` a unit in decoding order: its TS packets, behind the tables where those are due: at the start, before each key unit
 *           of the leading track (the first video, else the first track), and after half a second. The leading track carries the clock.
 * Segments: `startSegment` forgets what was before: the same units give the same bytes, whoever writes them. Counters begin at 0 there,
 *           and the first packet of each PID says that they do (discontinuity indicator).
 * Units:    ticks of each track's clock in, 33 bits of 90 kHz out; times may exceed 33 bits, which wraps.
 * Errors:   ParseError of a unit that has no form in MPEG-TS (an AAC frame of more than 8 KiB); the stream can go on with the next.
 * Aliasing: what is returned is memory of its own, one allocation a unit.
 * Source:   ISO 13818-1 2.4, as MediaMTX writes it.
 */
export class TsMuxer {
  private readonly originTicks: number;
  private readonly streams: readonly MuxedStream[];
  private readonly leading: MuxedStream | undefined;
  private readonly tables: readonly { readonly writer: PacketWriter; readonly section: Uint8Array }[];
  private readonly tablePieces = new PieceList();
  private readonly pieces = new PieceList();
  /** Decoding time at which tables were last written; undefined: they are due. */
  private tablesAt: number | undefined;

  constructor({ tracks, originTicks = 0 }: TsMuxerOptions) {
    this.originTicks = originTicks;
    this.streams = tracks.map((track, index) => new MuxedStream(track, FIRST_PID + index));
    this.leading = this.streams.find(({ isVideo }) => isVideo) ?? this.streams[0];
    const pat = serializePat([{ number: PROGRAM_NUMBER, pmtPid: PMT_PID }]);
    const streams = this.streams.map(({ pid, form: { streamType, descriptors } }) => ({ pid, streamType, descriptors }));
    const pmt = serializePmt({ programNumber: PROGRAM_NUMBER, pcrPid: this.leading?.pid ?? 0x1fff, streams });
    this.tables = [
      { writer: new PacketWriter(PAT_PID), section: pat },
      { writer: new PacketWriter(PMT_PID), section: pmt },
    ];
  }

  startSegment(): void {
    this.tablesAt = undefined;
    for (const { writer } of this.tables) writer.restart();
    for (const { writer } of this.streams) writer.restart();
  }

  write(unit: TsMuxerUnit): Uint8Array {
    const stream = this.streamOf(unit.trackId);
    const { pieces } = this;
    const dts = stream.ticksOf(unit.dtsTicks) + this.originTicks;
    const pts = unit.ptsTicks === unit.dtsTicks ? dts : stream.ticksOf(unit.ptsTicks) + this.originTicks;
    pieces.clear();
    const header = pieces.cut(sizeOfPesHeader(pts !== dts));
    stream.form.encode(unit.payload, pieces);
    writePesHeaderInto({ streamId: stream.form.streamId, pts, dts, payloadBytes: pieces.sizeBytes - header.length }, header, 0);
    const isLeading = stream === this.leading;
    const adaptation = { randomAccess: unit.key, pcr: isLeading ? dts - PCR_DELAY_TICKS : undefined };
    const tablesDue = this.areTablesDue(dts, isLeading && stream.isVideo && unit.key);
    return this.packets(stream, adaptation, tablesDue);
  }

  private packets(stream: MuxedStream, adaptation: Adaptation, tablesDue: boolean): Uint8Array {
    let size = stream.writer.sizeOf(this.pieces, adaptation);
    if (tablesDue) for (const table of this.tables) size += table.writer.sizeOf(this.sectionPieces(table.section), NO_ADAPTATION);
    const target = new Uint8Array(size);
    let at = 0;
    if (tablesDue) {
      for (const table of this.tables) at = table.writer.writeInto(this.sectionPieces(table.section), NO_ADAPTATION, target, at);
    }
    stream.writer.writeInto(this.pieces, adaptation, target, at);
    return target;
  }

  private areTablesDue(dts: number, isStart: boolean): boolean {
    if (!isStart && this.tablesAt !== undefined && dts - this.tablesAt < TABLES_PERIOD_TICKS) return false;
    this.tablesAt = dts;
    return true;
  }

  private sectionPieces(section: Uint8Array): PieceList {
    const { tablePieces } = this;
    tablePieces.clear();
    tablePieces.add(NO_POINTER);
    tablePieces.add(section);
    return tablePieces;
  }

  private streamOf(trackId: number): MuxedStream {
    for (let i = 0; i < this.streams.length; i++) if (this.streams[i]!.trackId === trackId) return this.streams[i]!;
    throw new Error(`track ${trackId} is not among those of this muxer: leave out its units`);
  }
}

/** pointer_field: the section begins at once. */
const NO_POINTER = Uint8Array.of(0);

class MuxedStream {
  readonly trackId: number;
  readonly pid: number;
  readonly isVideo: boolean;
  readonly form: ElementaryForm;
  readonly writer: PacketWriter;
  private readonly clockRateHz: number;

  constructor(track: TsMuxerTrack, pid: number) {
    const form = elementaryFormOf(track);
    if (form === undefined) throw new Error(`MPEG-TS does not carry ${track.codec} with these parameters: ask canMuxTs before`);
    this.trackId = track.id;
    this.pid = pid;
    this.isVideo = trackKindOf(track) === 'video';
    this.form = form;
    this.writer = new PacketWriter(pid);
    this.clockRateHz = track.clockRateHz;
  }

  ticksOf(ticks: number): number {
    return this.clockRateHz === CLOCK_RATE_HZ ? ticks : Math.round((ticks * CLOCK_RATE_HZ) / this.clockRateHz);
  }
}
