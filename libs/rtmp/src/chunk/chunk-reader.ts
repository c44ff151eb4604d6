import { ByteSlab, EMPTY_BYTES, ParseError } from '@mediamesh/bytes';
import { MESSAGE_TYPE } from '../message/message.ts';
import type { RtmpMessage } from '../message/message.ts';

/** Of a message; MediaMTX has the same limit. A key frame of 4K video at 100 Mbit/s is about 2 MiB. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** Chunk streams of a connection: clients use five or six. */
export const MAX_CHUNK_STREAMS = 64;
/** Bytes of messages that are not complete yet, over all chunk streams: two of the largest. */
export const MAX_INCOMPLETE_BYTES = 2 * MAX_MESSAGE_BYTES;
/** Until the peer sets another one. */
export const DEFAULT_CHUNK_SIZE = 128;
/** The first bit of the field is to be zero. */
export const MAX_CHUNK_SIZE = 0x7fff_ffff;

/** A message of an announced length is believed so far: the rest is allocated as it comes. */
const MAX_TRUSTED_BYTES = 64 * 1024;
const EXTENDED_TIMESTAMP = 0xff_ffff;
/** Message header bytes by chunk type. Source: RTMP 5.3.1.2. */
const HEADER_BYTES: readonly number[] = [11, 7, 3, 0];
const EXTENDED_TIMESTAMP_BYTES = 4;
/** Basic header, message header and extended timestamp together. */
const MAX_HEADER_BYTES = 3 + 11 + EXTENDED_TIMESTAMP_BYTES;

/** What a chunk stream remembers, and the message that it carries at the moment. */
class ChunkStream {
  readonly id: number;
  timestampMs = 0;
  deltaMs = 0;
  length = 0;
  typeId = 0;
  streamId = 0;
  extended = false;
  /** A message header has been seen. */
  known = false;
  body: Uint8Array = EMPTY_BYTES;
  filled = 0;
  /** A message is begun. */
  open = false;
  readonly slab = new ByteSlab();

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * Puts messages together out of chunks.
 *
 * Shape:    bytes in any chunking, the same messages out. Chunk sizes and aborts of the peer are carried out here; the messages
 *           that say so come out too.
 * Units:    timestamps in milliseconds modulo 2^32.
 * Errors:   `push` throws ParseError on a malformed chunk or at a limit; nothing is read after that.
 * Aliasing: bodies are copies, cut from slabs.
 * Source:   RTMP 5.3. A chunk of type 3 that begins a message repeats the last delta, or behind type 0 the timestamp, as 5.3.1.2.4 says
 *           and ffmpeg does.
 */
export class ChunkReader {
  private readonly message: (message: RtmpMessage) => void;
  private readonly streams = new Map<number, ChunkStream>();
  private chunkSize = DEFAULT_CHUNK_SIZE;
  private readonly header = new Uint8Array(MAX_HEADER_BYTES);
  private headerFilled = 0;
  /** Where the chunk's payload goes; undefined while its header is read. */
  private current: ChunkStream | undefined;
  private chunkLeft = 0;
  private incompleteBytes = 0;
  private stopped = false;

  constructor(message: (message: RtmpMessage) => void) {
    this.message = message;
  }

  /** Nothing more is read, also of a chunk that is being pushed. */
  stop(): void {
    this.stopped = true;
    this.streams.clear();
  }

  push(bytes: Uint8Array): void {
    let position = 0;
    try {
      while (position < bytes.length && !this.stopped) {
        position = this.current === undefined ? this.readHeader(bytes, position) : this.readPayload(bytes, position);
      }
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Byte by byte up to where the next part of the header says how long it is. */
  private readHeader(bytes: Uint8Array, start: number): number {
    const { header } = this;
    let position = start;
    let needed = this.headerBytesNeeded();
    while (this.headerFilled < needed) {
      if (position === bytes.length) return position;
      header[this.headerFilled++] = bytes[position++]!;
      needed = this.headerBytesNeeded();
    }
    this.headerFilled = 0;
    this.beginChunk();
    return position;
  }

  /** As far as it can be said of what is there. */
  private headerBytesNeeded(): number {
    const filled = this.headerFilled;
    if (filled === 0) return 1;
    const first = this.header[0]!;
    const basic = basicHeaderBytes(first);
    if (filled < basic) return basic;
    const type = first >> 6;
    const total = basic + HEADER_BYTES[type]!;
    if (filled < total) return total;
    const extended = type === 3 ? this.streams.get(this.chunkStreamId())?.extended === true : this.u24(basic) === EXTENDED_TIMESTAMP;
    return extended ? total + EXTENDED_TIMESTAMP_BYTES : total;
  }

  private chunkStreamId(): number {
    const { header } = this;
    const low = header[0]! & 0x3f;
    if (low === 0) return 64 + header[1]!;
    return low === 1 ? 64 + header[1]! + header[2]! * 256 : low;
  }

  private beginChunk(): void {
    const { header } = this;
    const type = header[0]! >> 6;
    const stream = this.streamOf(this.chunkStreamId());
    const at = basicHeaderBytes(header[0]!);
    if (type < 3) this.readMessageHeader(stream, type, at);
    else if (!stream.known) throw new ParseError('chunk', 0, `of the stream ${stream.id} has no header to refer to`);
    else if (!stream.open) stream.timestampMs = (stream.timestampMs + stream.deltaMs) >>> 0;
    if (!stream.open) this.beginMessage(stream);
    this.current = stream;
    this.chunkLeft = Math.min(this.chunkSize, stream.length - stream.filled);
    if (this.chunkLeft === 0) this.endChunk(stream);
  }

  private readMessageHeader(stream: ChunkStream, type: number, at: number): void {
    const { header } = this;
    if (stream.open) throw new ParseError('chunk', 0, `of type ${type} stands inside a message`);
    if (type > 0 && !stream.known) throw new ParseError('chunk', 0, `of type ${type} has no header to refer to`);
    const short = this.u24(at);
    const end = at + HEADER_BYTES[type]!;
    stream.extended = short === EXTENDED_TIMESTAMP;
    const time = stream.extended ? this.u24(end) * 256 + header[end + 3]! : short;
    stream.deltaMs = time;
    stream.timestampMs = type === 0 ? time : (stream.timestampMs + time) >>> 0;
    stream.known = true;
    if (type === 2) return;
    stream.length = this.u24(at + 3);
    stream.typeId = header[at + 6]!;
    if (stream.length > MAX_MESSAGE_BYTES) throw new ParseError('chunk', at + 3, `announces a message of ${stream.length} bytes`);
    // Little-endian, unlike everything else.
    if (type === 0) stream.streamId = (header[at + 7]! | (header[at + 8]! << 8) | (header[at + 9]! << 16) | (header[at + 10]! << 24)) >>> 0;
  }

  private beginMessage(stream: ChunkStream): void {
    stream.open = true;
    stream.filled = 0;
    stream.body = this.bodyOf(stream, Math.min(stream.length, MAX_TRUSTED_BYTES));
  }

  private bodyOf(stream: ChunkStream, size: number): Uint8Array {
    this.incompleteBytes += size;
    if (this.incompleteBytes > MAX_INCOMPLETE_BYTES) {
      throw new ParseError('chunk', 0, `with it more than ${MAX_INCOMPLETE_BYTES} bytes of messages are incomplete`);
    }
    return stream.slab.cut(size);
  }

  private readPayload(bytes: Uint8Array, start: number): number {
    const stream = this.current!;
    const taken = Math.min(this.chunkLeft, bytes.length - start);
    const end = stream.filled + taken;
    if (end > stream.body.length) this.grow(stream, end);
    stream.body.set(bytes.subarray(start, start + taken), stream.filled);
    stream.filled = end;
    this.chunkLeft -= taken;
    if (this.chunkLeft === 0) this.endChunk(stream);
    return start + taken;
  }

  private grow(stream: ChunkStream, needed: number): void {
    const { body } = stream;
    const size = Math.min(stream.length, Math.max(needed, body.length * 4));
    const grown = this.bodyOf(stream, size);
    this.incompleteBytes -= body.length;
    grown.set(body.subarray(0, stream.filled));
    stream.body = grown;
  }

  private endChunk(stream: ChunkStream): void {
    this.current = undefined;
    if (stream.filled < stream.length) return;
    const { body } = stream;
    this.close(stream);
    const { typeId, streamId, timestampMs, id: chunkStreamId } = stream;
    this.carryOut(typeId, body);
    this.message({ typeId, streamId, timestampMs, chunkStreamId, body });
  }

  /** What the peer says about its chunks. */
  private carryOut(typeId: number, body: Uint8Array): void {
    if (typeId !== MESSAGE_TYPE.setChunkSize && typeId !== MESSAGE_TYPE.abort) return;
    if (body.length < 4) throw new ParseError('control message', 0, 'is truncated');
    const value = ((body[0]! << 24) | (body[1]! << 16) | (body[2]! << 8) | body[3]!) >>> 0;
    if (typeId === MESSAGE_TYPE.setChunkSize) {
      if (value === 0 || value > MAX_CHUNK_SIZE) throw new ParseError('control message', 0, `sets the chunk size ${value}`);
      this.chunkSize = value;
    } else {
      const aborted = this.streams.get(value);
      if (aborted?.open === true) this.close(aborted);
    }
  }

  private close(stream: ChunkStream): void {
    this.incompleteBytes -= stream.body.length;
    stream.open = false;
    stream.body = EMPTY_BYTES;
    stream.filled = 0;
  }

  private streamOf(id: number): ChunkStream {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      if (this.streams.size === MAX_CHUNK_STREAMS) {
        throw new ParseError('chunk', 0, `of the stream ${id} is one more than ${MAX_CHUNK_STREAMS} streams`);
      }
      this.streams.set(id, (stream = new ChunkStream(id)));
    }
    return stream;
  }

  private u24(at: number): number {
    const { header } = this;
    return (header[at]! << 16) | (header[at + 1]! << 8) | header[at + 2]!;
  }
}

function basicHeaderBytes(first: number): number {
  const low = first & 0x3f;
  return low === 0 ? 2 : low === 1 ? 3 : 1;
}
