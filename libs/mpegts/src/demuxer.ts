import { ParseError } from '@mediamesh/bytes';
import type { CodecDescription } from '@mediamesh/codecs';
import { TsClock, wrapped } from './clock.ts';
import type { ElementaryDecoder, ElementaryUnit } from './elementary/decoder.ts';
import { NULL_PID, TS_PACKET_BYTES, TS_SYNC_BYTE, TsPacketHeader } from './packet.ts';
import { PesAssembler } from './pes-assembler.ts';
import type { PesPacket } from './pes-assembler.ts';
import { PAT_PID, parsePat, parsePmt } from './program-tables.ts';
import type { ElementaryStream, Program } from './program-tables.ts';
import { SectionReader } from './section.ts';
import { decoderOf } from './stream-type.ts';

const CLOCK_RATE_HZ = 90_000;
/** Broadcast multiplexes have some ten programs with some ten streams each. */
export const MAX_PROGRAMS = 64;
export const MAX_STREAMS = 128;
/** While streams are not described yet, units wait for this long at most; then what is described counts. */
const MAX_WAIT_TICKS = 5 * CLOCK_RATE_HZ;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** A stream that has a place in the product. `number` counts all streams of the programs from 1, in the order of their tables. */
export type TsStream = {
  readonly number: number;
  readonly pid: number;
  readonly clockRateHz: number;
} & CodecDescription;

export interface TsUnit {
  readonly pid: number;
  /** In the stream's clock, on a time line that begins with the first unit. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly payload: readonly Uint8Array[];
  /** Something is missing, or time jumped, before it. */
  readonly discontinuity: boolean;
}

export type TsEvent =
  /** Once, before any unit. `unsupported`: numbers of the streams that are left out. */
  | { readonly kind: 'streams'; readonly streams: readonly TsStream[]; readonly unsupported: readonly number[] }
  | { readonly kind: 'unit'; readonly unit: TsUnit }
  | { readonly kind: 'lost'; readonly packets: number }
  | { readonly kind: 'error'; readonly error: ParseError };

/**
 * MPEG transport stream into the units of its streams.
 *
 * Shape:    `push` bytes in any pieces; events in order. All programs count; their first tables do, later ones are ignored.
 * Units:    times of 33 bits become times in each stream's clock, on one time line from 0 on.
 * Errors:   none leave: what is malformed is an event, and the stream goes on with what follows.
 * Aliasing: payloads are views of memory of their own; input is kept, as views, until a PES packet is complete.
 * Source:   ISO 13818-1 2.4.
 */
export class TsDemuxer {
  private readonly header = new TsPacketHeader();
  private readonly partial = new Uint8Array(TS_PACKET_BYTES);
  private partialBytes = 0;
  private synchronized = true;
  private readonly pat = new SectionReader();
  private programs: readonly Program[] | undefined;
  private readonly maps = new Map<number, { readonly reader: SectionReader; readonly program: number }>();
  private readonly described = new Map<number, readonly ElementaryStream[]>();
  private readonly streams = new Map<number, StreamState>();
  private readonly clock = new TsClock();
  private events: TsEvent[] = [];
  /** Units before the streams are announced; undefined since. */
  private waiting: { pes: PesPacket; stream: StreamState }[] | undefined = [];
  private waitingBytes = 0;
  private firstWaiting: number | undefined;

  /** What the first unit's decoding time was in the stream, in ticks of 90 kHz: other streams of the same clock can be aligned by it. */
  get originTicks(): number {
    return this.clock.originTicks;
  }

  push(chunk: Uint8Array): readonly TsEvent[] {
    this.events = [];
    let at = 0;
    if (this.partialBytes > 0) {
      at = Math.min(TS_PACKET_BYTES - this.partialBytes, chunk.length);
      this.partial.set(chunk.subarray(0, at), this.partialBytes);
      this.partialBytes += at;
      if (this.partialBytes < TS_PACKET_BYTES) return this.events;
      this.partialBytes = 0;
      this.packet(new Uint8Array(this.partial), 0);
    }
    while (at < chunk.length) {
      if (chunk[at] !== TS_SYNC_BYTE) {
        at = this.resynchronize(chunk, at);
        continue;
      }
      if (chunk.length - at < TS_PACKET_BYTES) {
        this.partial.set(chunk.subarray(at), 0);
        this.partialBytes = chunk.length - at;
        break;
      }
      this.synchronized = true;
      this.packet(chunk, at);
      at += TS_PACKET_BYTES;
    }
    return this.events;
  }

  /** A segment of HLS is complete, and so is what only the next packet would have completed; counters may begin anew in the next one. */
  endSegment(): readonly TsEvent[] {
    this.events = [];
    this.partialBytes = 0;
    for (const stream of this.streams.values()) {
      stream.continuity = NO_CONTINUITY;
      this.attempt(() => {
        const pes = stream.assembler.end();
        if (pes !== undefined && stream.decoder !== undefined) this.complete(stream, pes);
      });
    }
    return this.events;
  }

  /** Nothing follows. */
  end(): readonly TsEvent[] {
    this.endSegment();
    if (this.waiting !== undefined && this.streams.size > 0) this.announce();
    return this.events;
  }

  /** The next byte that can begin a packet: one with another sync byte a packet later, as far as that can be seen. */
  private resynchronize(chunk: Uint8Array, from: number): number {
    if (this.synchronized) this.fail(new ParseError('MPEG-TS packet', from, 'has no sync byte'));
    this.synchronized = false;
    for (let at = from + 1; at < chunk.length; at++) {
      if (chunk[at] === TS_SYNC_BYTE && (chunk[at + TS_PACKET_BYTES] ?? TS_SYNC_BYTE) === TS_SYNC_BYTE) return at;
    }
    return chunk.length;
  }

  private packet(bytes: Uint8Array, at: number): void {
    const { header } = this;
    if (bytes[at] !== TS_SYNC_BYTE) return this.fail(new ParseError('MPEG-TS packet', at, 'has no sync byte'));
    if (!header.read(bytes, at) || header.pid === NULL_PID || header.payloadStart === header.payloadEnd) return;
    const stream = this.streams.get(header.pid);
    if (stream !== undefined) return this.streamPacket(stream, bytes.subarray(header.payloadStart, header.payloadEnd));
    if (this.waiting === undefined) return; // the tables are known
    const payload = bytes.subarray(header.payloadStart, header.payloadEnd);
    const { unitStart } = header;
    const map = this.maps.get(header.pid);
    if (header.pid === PAT_PID) this.attempt(() => this.pat.push(payload, unitStart).forEach((section) => this.association(section)));
    else if (map !== undefined) this.attempt(() => map.reader.push(payload, unitStart).forEach((section) => this.programMap(section)));
  }

  private association(section: Uint8Array): void {
    const programs = parsePat(section);
    if (programs === undefined || this.programs !== undefined) return;
    if (programs.length > MAX_PROGRAMS) throw new ParseError('program association section', 0, `has more than ${MAX_PROGRAMS} programs`);
    this.programs = programs;
    for (const { number, pmtPid } of programs) this.maps.set(pmtPid, { reader: new SectionReader(), program: number });
  }

  private programMap(section: Uint8Array): void {
    const map = parsePmt(section);
    if (map === undefined || this.described.has(map.programNumber)) return;
    if (!this.programs?.some(({ number }) => number === map.programNumber)) return;
    this.described.set(map.programNumber, map.streams);
    if (this.described.size < this.programs.length) return;
    let number = 0;
    for (const program of this.programs) {
      for (const stream of this.described.get(program.number) ?? []) {
        if (++number > MAX_STREAMS) throw new ParseError('program map section', 0, `there are more than ${MAX_STREAMS} streams`);
        this.streams.set(stream.pid, new StreamState(number, stream));
      }
    }
    this.announceWhenDescribed();
  }

  private streamPacket(stream: StreamState, payload: Uint8Array): void {
    const { header } = this;
    if (stream.continuity >= 0 && !header.discontinuity) {
      const missing = (header.continuity - stream.continuity - 1) & 0x0f;
      if (missing === 0x0f) return; // the same packet again
      if (missing > 0) {
        stream.lose();
        this.events.push({ kind: 'lost', packets: missing });
      }
    }
    stream.continuity = header.continuity;
    if (stream.decoder === undefined) return;
    const { assembler } = stream;
    const { unitStart } = header;
    this.attempt(() => {
      const pes = unitStart ? assembler.begin(payload) : assembler.append(payload);
      if (pes !== undefined) this.complete(stream, pes);
    });
    if (!unitStart) return;
    this.attempt(() => {
      const pes = assembler.takeComplete();
      if (pes !== undefined) this.complete(stream, pes);
    });
  }

  private complete(stream: StreamState, pes: PesPacket): void {
    if (this.waiting === undefined) return this.write(stream, pes);
    if (stream.decoder!.description === undefined) stream.decoder!.decode(pes.payload);
    this.waiting.push({ stream, pes });
    this.waitingBytes += pes.payload.length;
    const { pts, dts = pts } = pes.header;
    if (dts !== undefined) this.firstWaiting ??= dts;
    const isLate = dts !== undefined && wrapped(dts - this.firstWaiting!) > MAX_WAIT_TICKS;
    if (isLate || this.waitingBytes > MAX_WAITING_BYTES) this.announce();
    else this.announceWhenDescribed();
  }

  private announceWhenDescribed(): void {
    for (const { decoder } of this.streams.values()) if (decoder !== undefined && decoder.description === undefined) return;
    this.announce();
  }

  private announce(): void {
    const streams: TsStream[] = [];
    const unsupported: number[] = [];
    for (const state of this.streams.values()) {
      const { number, pid, decoder } = state;
      if (decoder?.description === undefined) {
        unsupported.push(number);
        state.decoder = undefined;
      } else streams.push({ number, pid, clockRateHz: decoder.clockRateHz, ...decoder.description });
    }
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    this.events.push({ kind: 'streams', streams, unsupported });
    for (const { stream, pes } of waiting) if (stream.decoder !== undefined) this.attempt(() => this.write(stream, pes));
  }

  private write(stream: StreamState, { header, payload }: PesPacket): void {
    const { pts, dts = pts } = header;
    if (pts === undefined || dts === undefined) return this.writeUntimed(stream, payload);
    const units = stream.decoder!.decode(payload);
    const placed = this.clock.place(dts);
    if (this.clock.jumped) for (const other of this.streams.values()) other.interrupted = true;
    const { clockRateHz } = stream.decoder!;
    this.emit(stream, units, inClock(placed + wrapped(pts - dts), clockRateHz), inClock(placed, clockRateHz));
  }

  /** Asynchronous metadata gets the time of what came before it; before anything, it has none. */
  private writeUntimed(stream: StreamState, payload: Uint8Array): void {
    const { isTimed, clockRateHz } = stream.decoder!;
    if (isTimed) throw new ParseError('PES packet', 7, 'has no time');
    const placed = this.clock.lastTicks;
    if (placed === undefined) return;
    const ticks = inClock(placed, clockRateHz);
    this.emit(stream, stream.decoder!.decode(payload), ticks, ticks);
  }

  private emit(stream: StreamState, units: readonly ElementaryUnit[], ptsTicks: number, dtsTicks: number): void {
    for (const { offsetTicks, payload: entries } of units) {
      const discontinuity = stream.interrupted;
      stream.interrupted = false;
      const unit = { pid: stream.pid, ptsTicks: ptsTicks + offsetTicks, dtsTicks: dtsTicks + offsetTicks, payload: entries, discontinuity };
      this.events.push({ kind: 'unit', unit });
    }
  }

  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.fail(error);
    }
  }

  private fail(error: ParseError): void {
    this.events.push({ kind: 'error', error });
  }
}

const NO_CONTINUITY = -1;

class StreamState {
  readonly number: number;
  readonly pid: number;
  readonly assembler = new PesAssembler();
  /** Undefined: it is left out. */
  decoder: ElementaryDecoder | undefined;
  continuity = NO_CONTINUITY;
  interrupted = false;

  constructor(number: number, stream: ElementaryStream) {
    this.number = number;
    this.pid = stream.pid;
    this.decoder = decoderOf(stream);
  }

  lose(): void {
    this.assembler.lose();
    this.interrupted = true;
  }
}

function inClock(ticks: number, clockRateHz: number): number {
  return clockRateHz === CLOCK_RATE_HZ ? ticks : Math.round((ticks * clockRateHz) / CLOCK_RATE_HZ);
}
