import { ParseError } from '@mediamesh/bytes';
import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

const STRUCTURE = 'RTCP transport-wide feedback';

/** 100 ms of 100 Mbit/s: peers tell more often than that. A few bytes can claim 65 535. */
export const MAX_FEEDBACK_STATUSES = 2_048;

/** Units of an arrival and of the reference time. */
export const ARRIVAL_TICKS_A_SECOND = 4_000;
export const REFERENCE_TIME_TICKS = 256;

/** What a difference of arrivals may be. */
export const MIN_DELTA_TICKS = -0x8000;
export const MAX_DELTA_TICKS = 0x7fff;

const MAX_SMALL_DELTA = 0xff;
const MAX_RUN = 0x1fff;
const Status = { missing: 0, small: 1, large: 2 } as const;
/** Packets of a status vector whose symbols have one bit, and two. */
const ONE_BIT_PACKETS = 14;
const TWO_BIT_PACKETS = 7;
const VECTOR = 0x8000;
const TWO_BIT_VECTOR = 0xc000;

/**
 * When packets of all streams of a transport arrived, by their transport-wide sequence numbers.
 *
 * Units:  arrivals in ticks of 250 us; the reference time in 64 ms, of which 24 bits go on the wire.
 * Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1.
 */
export interface TransportWideFeedback {
  readonly type: 'transportWideFeedback';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequenceNumber: number;
  readonly referenceTime: number;
  /** Of the messages of this sender, modulo 256. */
  readonly feedbackCount: number;
  /** One a packet, from the base on: ticks after the one before that arrived, or after the reference time. Undefined: not arrived. */
  readonly deltas: readonly (number | undefined)[];
}

/** Errors: ParseError when truncated, past MAX_FEEDBACK_STATUSES, or with a status that is reserved. */
export function parseTransportWideFeedback(reader: ByteReader): TransportWideFeedback {
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const baseSequenceNumber = reader.u16();
  const count = reader.u16();
  if (count > MAX_FEEDBACK_STATUSES) throw new ParseError(STRUCTURE, reader.position, `tells of ${count} packets`);
  const referenceTime = reader.u24();
  const feedbackCount = reader.u8();
  const symbols: number[] = [];
  while (symbols.length < count) readChunk(reader.u16(), count, symbols);
  const deltas = symbols.map((symbol) => readDelta(symbol, reader));
  return { type: 'transportWideFeedback', senderSsrc, mediaSsrc, baseSequenceNumber, referenceTime, feedbackCount, deltas };
}

/** What of the chunk is past `count` has no meaning. */
function readChunk(chunk: number, count: number, symbols: number[]): void {
  if (chunk < VECTOR) {
    const end = Math.min(count, symbols.length + (chunk & MAX_RUN));
    if (end === symbols.length) throw new ParseError(STRUCTURE, 0, 'has a run of no packets');
    while (symbols.length < end) symbols.push(chunk >> 13);
    return;
  }
  const [packets, bits] = chunk >= TWO_BIT_VECTOR ? [TWO_BIT_PACKETS, 2] : [ONE_BIT_PACKETS, 1];
  for (let i = 1; i <= packets && symbols.length < count; i++) symbols.push((chunk >> ((packets - i) * bits)) & (2 ** bits - 1));
}

function readDelta(symbol: number, reader: ByteReader): number | undefined {
  if (symbol === Status.missing) return undefined;
  if (symbol === Status.small) return reader.u8();
  if (symbol === Status.large) return (reader.u16() << 16) >> 16;
  throw new ParseError(STRUCTURE, reader.position, 'has a reserved status');
}

/** Deltas must be within MIN_DELTA_TICKS and MAX_DELTA_TICKS. */
export function writeTransportWideFeedback(feedback: TransportWideFeedback, writer: ByteWriter): void {
  const { deltas } = feedback;
  writer.u32(feedback.senderSsrc).u32(feedback.mediaSsrc).u16(feedback.baseSequenceNumber).u16(deltas.length);
  writer.u24(feedback.referenceTime).u8(feedback.feedbackCount);
  const symbols = deltas.map(symbolOf);
  for (let at = 0; at < symbols.length;) at += writeChunk(symbols, at, writer);
  for (let i = 0; i < deltas.length; i++) {
    const delta = deltas[i];
    if (symbols[i] === Status.small) writer.u8(delta!);
    else if (symbols[i] === Status.large) writer.u16(delta! & 0xffff);
  }
  while (writer.position % 4 !== 0) writer.u8(0);
}

function symbolOf(delta: number | undefined): number {
  if (delta === undefined) return Status.missing;
  return delta >= 0 && delta <= MAX_SMALL_DELTA ? Status.small : Status.large;
}

/** Whichever tells of the most packets; returns of how many. */
function writeChunk(symbols: readonly number[], at: number, writer: ByteWriter): number {
  const left = symbols.length - at;
  const first = symbols[at]!;
  let run = 1;
  while (run < left && run < MAX_RUN && symbols[at + run] === first) run++;
  let oneBit = 0;
  while (oneBit < left && oneBit < ONE_BIT_PACKETS && symbols[at + oneBit] !== Status.large) oneBit++;
  const isOneBit = oneBit === Math.min(left, ONE_BIT_PACKETS);
  const packets = Math.min(left, isOneBit ? ONE_BIT_PACKETS : TWO_BIT_PACKETS);
  if (run >= packets) {
    writer.u16(first * (MAX_RUN + 1) + run);
    return run;
  }
  const [size, bits] = isOneBit ? [ONE_BIT_PACKETS, 1] : [TWO_BIT_PACKETS, 2];
  let chunk = isOneBit ? VECTOR : TWO_BIT_VECTOR;
  for (let i = 0; i < packets; i++) chunk |= symbols[at + i]! << ((size - 1 - i) * bits);
  writer.u16(chunk);
  return packets;
}
