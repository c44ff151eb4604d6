import { ParseError } from '@mediamesh/bytes';
import type { BusUnit, SegmentStart } from '../epoch.ts';
import { EnvelopeKind, EPOCH_AT, expectKind, FLAGS_AT, HEADER_BYTES, MAX_ENVELOPE_BYTES, TRACK_AT, writeHeaderInto } from './header.ts';
import { readU32, readU53, writeI64Into, writeU32Into } from './numbers.ts';
import { MAX_UNIT_BYTES, parseUnitEnvelope, segmentStartOf, serializeUnitEnvelope, UnitFlag } from './unit-envelope.ts';

const NUMBER_AT = HEADER_BYTES;
const INDEX_AT = 20;
const TOTAL_AT = 24;
/** Version to unit number, then 4 bytes chunk index, 4 bytes size of the whole envelope. */
const CHUNK_HEADER_BYTES = 28;
const CHUNK_BODY_BYTES = MAX_ENVELOPE_BYTES - CHUNK_HEADER_BYTES;

/** The messages of a unit, in the order of writing: one envelope, or its chunks when it exceeds MAX_ENVELOPE_BYTES. */
export function serializeUnitMessages(unit: BusUnit): readonly Uint8Array[] {
  const whole = serializeUnitEnvelope(unit);
  if (whole.length <= MAX_ENVELOPE_BYTES) return [whole];
  const messages: Uint8Array[] = [];
  for (let start = 0; start < whole.length; start += CHUNK_BODY_BYTES) {
    const body = whole.subarray(start, start + CHUNK_BODY_BYTES);
    const message = new Uint8Array(CHUNK_HEADER_BYTES + body.length);
    let at = writeHeaderInto(EnvelopeKind.unit, unit.epoch, message, 0);
    message[FLAGS_AT] = UnitFlag.chunk | (unit.key ? UnitFlag.key : 0);
    message[TRACK_AT] = unit.trackId;
    at = writeI64Into(unit.number, message, at);
    at = writeU32Into(messages.length, message, at);
    at = writeU32Into(whole.length, message, at);
    message.set(body, at);
    messages.push(message);
  }
  return messages;
}

/** The record of the segment that starts in this message, be it a whole unit or the first chunk of one. Errors: ParseError of another kind. */
export function segmentStartIn(message: Uint8Array): SegmentStart | undefined {
  expectKind(message, EnvelopeKind.unit);
  if ((message[FLAGS_AT]! & UnitFlag.chunk) === 0) return segmentStartOf(message);
  if (message.length < CHUNK_HEADER_BYTES || readU32(message, INDEX_AT) !== 0) return undefined;
  return segmentStartOf(message.subarray(CHUNK_HEADER_BYTES));
}

/**
 * Messages of units into units.
 *
 * Shape:    one message in; its unit out, or undefined while chunks are missing. The chunks of a unit follow each other.
 * Errors:   ParseError and EnvelopeVersionError as `parseUnitEnvelope`; what was incomplete is dropped then.
 *           A missing chunk is not an error: the unit is dropped and counted in `unitsIncomplete`.
 * Aliasing: payloads are views of the message, or of a buffer that is never written again.
 */
export class ChunkAssembler {
  unitsIncomplete = 0;
  private whole: Uint8Array | undefined;
  private epoch = 0;
  private number = 0;
  private nextIndex = 0;
  /** The last unit of which a chunk was missing: its other chunks do not count again. */
  private lostNumber = -1;

  push(message: Uint8Array): BusUnit | undefined {
    expectKind(message, EnvelopeKind.unit);
    if ((message[FLAGS_AT]! & UnitFlag.chunk) !== 0) return this.pushChunk(message);
    this.abandon();
    return parseUnitEnvelope(message);
  }

  /** Messages were lost: what is incomplete stays so. */
  reset(): void {
    this.abandon();
  }

  private pushChunk(message: Uint8Array): BusUnit | undefined {
    if (message.length < CHUNK_HEADER_BYTES) throw this.malformed(message.length, 'its header is truncated');
    const epoch = readU53(message, EPOCH_AT);
    const number = readU53(message, NUMBER_AT);
    const index = readU32(message, INDEX_AT);
    const total = readU32(message, TOTAL_AT);
    if (total <= MAX_ENVELOPE_BYTES || total > MAX_UNIT_BYTES) throw this.malformed(TOTAL_AT, `belongs to an envelope of ${total} bytes`);
    const start = index * CHUNK_BODY_BYTES;
    const bodyBytes = Math.min(CHUNK_BODY_BYTES, total - start);
    if (message.length - CHUNK_HEADER_BYTES !== bodyBytes)
      throw this.malformed(INDEX_AT, `chunk ${index} of ${total} bytes has another size`);
    if (index === 0) {
      this.abandon();
      this.whole = new Uint8Array(total);
      this.epoch = epoch;
      this.number = number;
      this.nextIndex = 0;
    }
    const whole = this.whole;
    const follows = whole?.length === total && epoch === this.epoch && number === this.number && index === this.nextIndex;
    if (whole === undefined || !follows) {
      this.abandon();
      if (this.lostNumber !== number) this.unitsIncomplete++;
      this.lostNumber = number;
      return undefined;
    }
    whole.set(message.subarray(CHUNK_HEADER_BYTES), start);
    this.nextIndex++;
    if (start + bodyBytes < total) return undefined;
    this.whole = undefined;
    return parseUnitEnvelope(whole);
  }

  private abandon(): void {
    if (this.whole === undefined) return;
    this.whole = undefined;
    this.unitsIncomplete++;
    this.lostNumber = this.number;
  }

  private malformed(offset: number, problem: string): ParseError {
    this.abandon();
    return new ParseError('unit chunk', offset, problem);
  }
}
