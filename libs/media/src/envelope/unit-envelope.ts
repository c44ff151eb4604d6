import { ParseError } from '@mediamesh/bytes';
import type { BusUnit, SegmentStart } from '../epoch.ts';
import { EnvelopeKind, EPOCH_AT, expectKind, FLAGS_AT, HEADER_BYTES, TRACK_AT, writeHeaderInto } from './header.ts';
import { readI64, readU32, readU53, writeI64Into, writeU32Into } from './numbers.ts';

/** Larger than any access unit that the gateways take in (8 MiB, as MediaMTX), with room for intra-only codecs. */
export const MAX_UNIT_BYTES = 16 * 1024 * 1024;

/** Slices of an access unit are tens, frames of an audio unit hundreds. */
export const MAX_PAYLOAD_ENTRIES = 4096;

/** Track ids are one byte. */
export const MAX_TRACK_ID = 255;

export const UnitFlag = { key: 1, discontinuity: 2, chunk: 4, segmentStart: 8 } as const;
const KNOWN_FLAGS = 15;

const NUMBER_AT = HEADER_BYTES;
const SEGMENT_AT = 20;
const PART_AT = 24;
const REVISION_AT = 28;
const PTS_AT = 32;
const DTS_AT = 40;
const NTP_AT = 48;
const COUNT_AT = 56;
const FIXED_BYTES = 60;
const SEGMENT_START_BYTES = 24;
const MICROS_A_MILLI = 1000;

/**
 * A unit on the bus, version 1, big-endian:
 *
 * | bytes | field |
 * |---|---|
 * | 1, 1, 1, 1 | version, kind, flags (key, discontinuity, chunk, segment start), track id |
 * | 8, 8 | epoch, unit number |
 * | 4, 4, 4 | segment, part, revision of the description |
 * | 8, 8, 8 | PTS and DTS in ticks (two's complement), wall clock in microseconds |
 * | 4 | count of payload entries |
 * | 8, 4, 4, 4, 4 | with the segment-start flag: wall clock, target duration in ms, part target in us, discontinuity sequence, first segment in window |
 * | 4 a entry | lengths |
 * | | bytes of the entries |
 *
 * Errors:   RangeError when a unit exceeds MAX_UNIT_BYTES, MAX_PAYLOAD_ENTRIES or MAX_TRACK_ID. ParseError when bytes are truncated,
 *           trail, or exceed those limits; EnvelopeVersionError for another version.
 * Aliasing: parsed payloads are views of the input; a chunked envelope goes through `ChunkAssembler`.
 */
export function serializeUnitEnvelope(unit: BusUnit): Uint8Array {
  const bytes = new Uint8Array(sizeOfUnitEnvelope(unit));
  writeUnitEnvelopeInto(unit, bytes, 0);
  return bytes;
}

export function sizeOfUnitEnvelope(unit: BusUnit): number {
  const payload = unit.payload;
  if (payload.length > MAX_PAYLOAD_ENTRIES)
    throw new RangeError(`a unit has ${payload.length} payload entries, at most ${MAX_PAYLOAD_ENTRIES} are carried`);
  if (unit.trackId > MAX_TRACK_ID) throw new RangeError(`a unit is of track ${unit.trackId}, at most ${MAX_TRACK_ID} are carried`);
  let size = FIXED_BYTES + payload.length * 4;
  if (unit.segmentStart !== undefined) size += SEGMENT_START_BYTES;
  for (let i = 0; i < payload.length; i++) size += payload[i]!.length;
  if (size > MAX_UNIT_BYTES) throw new RangeError(`a unit takes ${size} bytes, at most ${MAX_UNIT_BYTES} are carried`);
  return size;
}

/** `target` has room for `sizeOfUnitEnvelope`. Returns the offset after it. */
export function writeUnitEnvelopeInto(unit: BusUnit, target: Uint8Array, offset: number): number {
  const { payload, segmentStart } = unit;
  let at = writeHeaderInto(EnvelopeKind.unit, unit.epoch, target, offset);
  target[offset + FLAGS_AT] =
    (unit.key ? UnitFlag.key : 0) |
    (unit.discontinuity ? UnitFlag.discontinuity : 0) |
    (segmentStart === undefined ? 0 : UnitFlag.segmentStart);
  target[offset + TRACK_AT] = unit.trackId;
  at = writeI64Into(unit.number, target, at);
  at = writeU32Into(unit.segment, target, at);
  at = writeU32Into(unit.part, target, at);
  at = writeU32Into(unit.revision, target, at);
  at = writeI64Into(unit.ptsTicks, target, at);
  at = writeI64Into(unit.dtsTicks, target, at);
  at = writeI64Into(unit.ntpUs, target, at);
  at = writeU32Into(payload.length, target, at);
  if (segmentStart !== undefined) at = writeSegmentStartInto(segmentStart, target, at);
  for (let i = 0; i < payload.length; i++) at = writeU32Into(payload[i]!.length, target, at);
  for (let i = 0; i < payload.length; i++) {
    target.set(payload[i]!, at);
    at += payload[i]!.length;
  }
  return at;
}

export function parseUnitEnvelope(bytes: Uint8Array): BusUnit {
  expectKind(bytes, EnvelopeKind.unit);
  const flags = bytes[FLAGS_AT]!;
  if ((flags & UnitFlag.chunk) !== 0) throw new ParseError('unit envelope', FLAGS_AT, 'is a chunk of a larger one');
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new ParseError('unit envelope', FLAGS_AT, `has the unknown flags ${flags}`);
  const starts = (flags & UnitFlag.segmentStart) !== 0;
  const at = FIXED_BYTES + (starts ? SEGMENT_START_BYTES : 0);
  if (bytes.length < at) throw new ParseError('unit envelope', bytes.length, 'its fields are truncated');
  if (bytes.length > MAX_UNIT_BYTES) throw new ParseError('unit envelope', 0, `has ${bytes.length} bytes, more than ${MAX_UNIT_BYTES}`);
  const count = readU32(bytes, COUNT_AT);
  if (count > MAX_PAYLOAD_ENTRIES)
    throw new ParseError('unit envelope', COUNT_AT, `has ${count} payload entries, more than ${MAX_PAYLOAD_ENTRIES}`);
  const unit: { -readonly [K in keyof BusUnit]: BusUnit[K] } = {
    trackId: bytes[TRACK_AT]!,
    ptsTicks: readI64(bytes, PTS_AT),
    dtsTicks: readI64(bytes, DTS_AT),
    ntpUs: readI64(bytes, NTP_AT),
    key: (flags & UnitFlag.key) !== 0,
    payload: readPayload(bytes, at, count),
    epoch: readU53(bytes, EPOCH_AT),
    number: readU53(bytes, NUMBER_AT),
    segment: readU32(bytes, SEGMENT_AT),
    part: readU32(bytes, PART_AT),
    revision: readU32(bytes, REVISION_AT),
    discontinuity: (flags & UnitFlag.discontinuity) !== 0,
  };
  if (starts) unit.segmentStart = readSegmentStart(bytes, FIXED_BYTES);
  return unit;
}

/** The number of the unit that an envelope, or a chunk of it, carries. */
export function unitNumberOf(bytes: Uint8Array): number {
  expectKind(bytes, EnvelopeKind.unit);
  if (bytes.length < SEGMENT_AT) throw new ParseError('unit envelope', bytes.length, 'its fields are truncated');
  return readU53(bytes, NUMBER_AT);
}

/** The record of a unit that starts a segment; undefined for others, and where only a part of the envelope is there. */
export function segmentStartOf(bytes: Uint8Array): SegmentStart | undefined {
  const flags = bytes[FLAGS_AT] ?? 0;
  if ((flags & UnitFlag.chunk) !== 0 || (flags & UnitFlag.segmentStart) === 0) return undefined;
  return bytes.length < FIXED_BYTES + SEGMENT_START_BYTES ? undefined : readSegmentStart(bytes, FIXED_BYTES);
}

function readPayload(bytes: Uint8Array, lengthsAt: number, count: number): readonly Uint8Array[] {
  let start = lengthsAt + count * 4;
  if (start > bytes.length) throw new ParseError('unit envelope', lengthsAt, 'its payload lengths are truncated');
  const payload: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const end = start + readU32(bytes, lengthsAt + i * 4);
    if (end > bytes.length) throw new ParseError('unit envelope', lengthsAt + i * 4, 'a payload entry is truncated');
    payload.push(bytes.subarray(start, end));
    start = end;
  }
  if (start !== bytes.length) throw new ParseError('unit envelope', start, `${bytes.length - start} bytes follow its payload`);
  return payload;
}

function writeSegmentStartInto(start: SegmentStart, target: Uint8Array, offset: number): number {
  let at = writeI64Into(start.ntpUs, target, offset);
  at = writeU32Into(start.targetDurationMs, target, at);
  at = writeU32Into(Math.round(start.partTargetMs * MICROS_A_MILLI), target, at);
  at = writeU32Into(start.discontinuitySequence, target, at);
  return writeU32Into(start.firstSegmentInWindow, target, at);
}

function readSegmentStart(bytes: Uint8Array, offset: number): SegmentStart {
  return {
    ntpUs: readI64(bytes, offset),
    targetDurationMs: readU32(bytes, offset + 8),
    partTargetMs: readU32(bytes, offset + 12) / MICROS_A_MILLI,
    discontinuitySequence: readU32(bytes, offset + 16),
    firstSegmentInWindow: readU32(bytes, offset + 20),
  };
}
