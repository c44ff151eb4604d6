import { ByteReader, ByteWriter, EMPTY_BYTES, ParseError } from '@mediamesh/bytes';

const STRUCTURE = 'SCTP chunk';
export const CHUNK_HEADER_BYTES = 4;
export const DATA_CHUNK_HEADER_BYTES = 16;
/** A cookie of usrsctp has some 300 bytes; it is sent back in one packet. */
export const MAX_COOKIE_BYTES = 1_024;

/** As many as a packet of 1 200 bytes has room for: each is compared with what is under way. */
export const MAX_SACK_GAPS = 300;

/** Source: RFC 9260 3.2. */
export const SctpChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

const DataFlag = { ending: 1, beginning: 2, unordered: 4 } as const;
const STATE_COOKIE = 7;
/** Of INIT, before its parameters; and of SACK, before its blocks. */
const INIT_BYTES = 16;

/** A piece of a message, or a whole one. */
export interface SctpDataChunk {
  readonly type: 'data';
  readonly tsn: number;
  readonly streamId: number;
  /** Of ordered messages. */
  readonly streamSequence: number;
  readonly protocolId: number;
  readonly unordered: boolean;
  readonly beginning: boolean;
  readonly ending: boolean;
  readonly payload: Uint8Array;
}

export interface SctpInitChunk {
  readonly type: 'init' | 'initAck';
  readonly tag: number;
  readonly receiveWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  /** Of INIT ACK. */
  readonly cookie?: Uint8Array;
}

export interface SctpSackChunk {
  readonly type: 'sack';
  readonly cumulativeTsn: number;
  readonly receiveWindow: number;
  /** What is there beyond, both ends included, as distances from the cumulative number. */
  readonly gaps: readonly { readonly start: number; readonly end: number }[];
}

/** What has a value of its own form, or none. */
export interface SctpControlChunk {
  readonly type:
    'heartbeat' | 'heartbeatAck' | 'abort' | 'shutdown' | 'shutdownAck' | 'error' | 'cookieEcho' | 'cookieAck' | 'shutdownComplete';
  readonly value: Uint8Array;
}

export interface SctpUnknownChunk {
  readonly type: 'unknown';
  readonly code: number;
}

export type SctpChunk = SctpDataChunk | SctpInitChunk | SctpSackChunk | SctpControlChunk | SctpUnknownChunk;

const NAMES = new Map<number, keyof typeof SctpChunkType>(
  Object.entries(SctpChunkType).map(([name, code]) => [code, name as keyof typeof SctpChunkType]),
);

/**
 * The chunk at the reader, and its padding.
 *
 * Errors:   ParseError when it is truncated, its length says less than its header has, or a value is not its specification's.
 * Aliasing: payload, cookie and values are views of the input.
 * Source:   RFC 9260 3.2, 3.3.
 */
export function parseSctpChunk(reader: ByteReader): SctpChunk {
  const at = reader.position;
  const code = reader.u8();
  const flags = reader.u8();
  const length = reader.u16();
  if (length < CHUNK_HEADER_BYTES) throw new ParseError(STRUCTURE, at, `says it has ${length} bytes`);
  const value = reader.bytes(length - CHUNK_HEADER_BYTES);
  reader.skip(Math.min(paddingOf(length), reader.remaining));
  const type = NAMES.get(code);
  if (type === undefined) return { type: 'unknown', code };
  if (type === 'data') return parseData(flags, new ByteReader(value, STRUCTURE));
  if (type === 'init' || type === 'initAck') return parseInit(type, new ByteReader(value, STRUCTURE));
  if (type === 'sack') return parseSack(new ByteReader(value, STRUCTURE));
  return { type, value };
}

export function serializeSctpChunk(chunk: Exclude<SctpChunk, SctpUnknownChunk>): Uint8Array {
  const value = valueOf(chunk);
  const length = CHUNK_HEADER_BYTES + value.length;
  const writer = new ByteWriter(length + 3).u8(SctpChunkType[chunk.type]).u8(flagsOf(chunk)).u16(length).bytes(value);
  return writer.bytes(new Uint8Array(paddingOf(length))).finish();
}

function paddingOf(length: number): number {
  return (4 - (length % 4)) % 4;
}

function flagsOf(chunk: Exclude<SctpChunk, SctpUnknownChunk>): number {
  if (chunk.type !== 'data') return 0;
  const { ending, beginning, unordered } = chunk;
  return (ending ? DataFlag.ending : 0) | (beginning ? DataFlag.beginning : 0) | (unordered ? DataFlag.unordered : 0);
}

function valueOf(chunk: Exclude<SctpChunk, SctpUnknownChunk>): Uint8Array {
  switch (chunk.type) {
    case 'data':
      return serializeData(chunk);
    case 'init':
    case 'initAck':
      return serializeInit(chunk);
    case 'sack':
      return serializeSack(chunk);
    default:
      return chunk.value;
  }
}

function parseData(flags: number, reader: ByteReader): SctpDataChunk {
  const [tsn, streamId, streamSequence, protocolId] = [reader.u32(), reader.u16(), reader.u16(), reader.u32()];
  if (reader.remaining === 0) throw new ParseError(STRUCTURE, reader.position, 'has data of no bytes');
  return {
    type: 'data',
    tsn,
    streamId,
    streamSequence,
    protocolId,
    unordered: (flags & DataFlag.unordered) !== 0,
    beginning: (flags & DataFlag.beginning) !== 0,
    ending: (flags & DataFlag.ending) !== 0,
    payload: reader.rest(),
  };
}

function serializeData({ tsn, streamId, streamSequence, protocolId, payload }: SctpDataChunk): Uint8Array {
  const writer = new ByteWriter(DATA_CHUNK_HEADER_BYTES + payload.length);
  return writer.u32(tsn).u16(streamId).u16(streamSequence).u32(protocolId).bytes(payload).finish();
}

function parseInit(type: 'init' | 'initAck', reader: ByteReader): SctpInitChunk {
  const [tag, receiveWindow, outboundStreams, inboundStreams] = [reader.u32(), reader.u32(), reader.u16(), reader.u16()];
  const initialTsn = reader.u32();
  if (tag === 0 || outboundStreams === 0 || inboundStreams === 0) throw new ParseError(STRUCTURE, 0, 'has no tag, or no streams');
  const cookie = cookieOf(reader);
  if (type === 'initAck' && cookie === undefined) throw new ParseError(STRUCTURE, reader.position, 'has no cookie');
  const init = { type, tag, receiveWindow, outboundStreams, inboundStreams, initialTsn };
  return cookie === undefined ? init : { ...init, cookie };
}

/** All other parameters offer what is not needed. */
function cookieOf(reader: ByteReader): Uint8Array | undefined {
  let cookie: Uint8Array | undefined;
  while (reader.remaining >= CHUNK_HEADER_BYTES) {
    const at = reader.position;
    const [type, length] = [reader.u16(), reader.u16()];
    if (length < CHUNK_HEADER_BYTES) throw new ParseError(STRUCTURE, at, `has a parameter that says it has ${length} bytes`);
    const value = reader.bytes(length - CHUNK_HEADER_BYTES);
    reader.skip(Math.min(paddingOf(length), reader.remaining));
    if (type !== STATE_COOKIE) continue;
    if (value.length > MAX_COOKIE_BYTES) throw new ParseError(STRUCTURE, at, `has a cookie of more than ${MAX_COOKIE_BYTES} bytes`);
    cookie = value;
  }
  return cookie;
}

function serializeInit({
  tag,
  receiveWindow,
  outboundStreams,
  inboundStreams,
  initialTsn,
  cookie = EMPTY_BYTES,
}: SctpInitChunk): Uint8Array {
  const writer = new ByteWriter(INIT_BYTES + CHUNK_HEADER_BYTES + cookie.length);
  writer.u32(tag).u32(receiveWindow).u16(outboundStreams).u16(inboundStreams).u32(initialTsn);
  if (cookie.length > 0)
    writer
      .u16(STATE_COOKIE)
      .u16(CHUNK_HEADER_BYTES + cookie.length)
      .bytes(cookie);
  return writer.finish();
}

function parseSack(reader: ByteReader): SctpSackChunk {
  const [cumulativeTsn, receiveWindow, gapCount] = [reader.u32(), reader.u32(), reader.u16()];
  if (gapCount > MAX_SACK_GAPS) throw new ParseError(STRUCTURE, reader.position, `has ${gapCount} gaps, more than ${MAX_SACK_GAPS}`);
  reader.skip(2); // how many duplicates it tells
  const gaps: { start: number; end: number }[] = [];
  for (let i = 0; i < gapCount; i++) {
    const gap = { start: reader.u16(), end: reader.u16() };
    if (gap.start < 2 || gap.end < gap.start) throw new ParseError(STRUCTURE, reader.position, `has a gap from ${gap.start} to ${gap.end}`);
    gaps.push(gap);
  }
  return { type: 'sack', cumulativeTsn, receiveWindow, gaps };
}

function serializeSack({ cumulativeTsn, receiveWindow, gaps }: SctpSackChunk): Uint8Array {
  const writer = new ByteWriter(12 + CHUNK_HEADER_BYTES * gaps.length).u32(cumulativeTsn).u32(receiveWindow).u16(gaps.length).u16(0);
  for (const { start, end } of gaps) writer.u16(start).u16(end);
  return writer.finish();
}
