import { copyBytes } from '@mediamesh/bytes';
import type { RtmpMessageHeader } from '../message/message.ts';

const EXTENDED_TIMESTAMP = 0xff_ffff;
/** Chunk type 0: everything is said, nothing refers to an earlier chunk, so that all readers can share the bytes. */
const FULL_HEADER_BYTES = 12;
const EXTENDED_TIMESTAMP_BYTES = 4;
const STREAM_ID_AT = 8;
const CONTINUATION = 0xc0;
/** Ids of one byte. */
const MIN_CHUNK_STREAM_ID = 2;
const MAX_CHUNK_STREAM_ID = 63;

/** Bytes of a message with this body in chunks of this size. */
export function sizeOfChunkedMessage(bodyBytes: number, timestampMs: number, chunkSize: number): number {
  const extension = timestampMs >= EXTENDED_TIMESTAMP ? EXTENDED_TIMESTAMP_BYTES : 0;
  const continuations = bodyBytes === 0 ? 0 : Math.ceil(bodyBytes / chunkSize) - 1;
  return FULL_HEADER_BYTES + extension + bodyBytes + continuations * (1 + extension);
}

/**
 * Writes messages in chunks: `begin`, then exactly the announced body in any pieces, then `end`.
 *
 * Shape:  one message behind the other into a target that is large enough.
 * Units:  timestamps in milliseconds, modulo 2^32.
 * Errors: RangeError when the target is too small, the body has another length than announced, or the chunk stream's id has more than a byte.
 * Source: RTMP 5.3.1: chunks of type 0 and 3.
 */
export class ChunkedMessageWriter {
  private readonly target: Uint8Array;
  private readonly chunkSize: number;
  private position: number;
  private chunkLeft = 0;
  private bodyLeft = 0;
  private continuation = 0;
  /** -1 when the timestamp fits three bytes. */
  private extended = -1;

  constructor(target: Uint8Array, chunkSize: number, position = 0) {
    this.target = target;
    this.chunkSize = chunkSize;
    this.position = position;
  }

  begin({ chunkStreamId, typeId, streamId, timestampMs }: RtmpMessageHeader, bodyBytes: number): void {
    if (chunkStreamId < MIN_CHUNK_STREAM_ID || chunkStreamId > MAX_CHUNK_STREAM_ID) {
      throw new RangeError(`the chunk stream id ${chunkStreamId} does not fit a byte`);
    }
    const { target } = this;
    const short = timestampMs >= EXTENDED_TIMESTAMP ? EXTENDED_TIMESTAMP : timestampMs;
    let at = this.position;
    if (at + FULL_HEADER_BYTES > target.length) throw new RangeError('the target is too small for the message');
    target[at++] = chunkStreamId;
    target[at++] = short >>> 16;
    target[at++] = short >>> 8;
    target[at++] = short;
    target[at++] = bodyBytes >>> 16;
    target[at++] = bodyBytes >>> 8;
    target[at++] = bodyBytes;
    target[at++] = typeId;
    target[at++] = streamId;
    target[at++] = streamId >>> 8;
    target[at++] = streamId >>> 16;
    target[at++] = streamId >>> 24;
    this.position = at;
    this.continuation = CONTINUATION | chunkStreamId;
    this.extended = short === EXTENDED_TIMESTAMP ? timestampMs : -1;
    if (this.extended >= 0) this.putTimestamp();
    this.chunkLeft = this.chunkSize;
    this.bodyLeft = bodyBytes;
  }

  u8(value: number): void {
    if (this.chunkLeft === 0) this.continue();
    this.take(1);
    this.target[this.position++] = value;
  }

  u24(value: number): void {
    if (this.chunkLeft < 3) {
      this.u8(value >>> 16);
      this.u8(value >>> 8);
      this.u8(value);
      return;
    }
    this.take(3);
    const { target, position } = this;
    target[position] = value >>> 16;
    target[position + 1] = value >>> 8;
    target[position + 2] = value;
    this.position = position + 3;
  }

  u32(value: number): void {
    this.u8(value >>> 24);
    this.u24(value);
  }

  bytes(value: Uint8Array): void {
    let from = 0;
    while (from < value.length) {
      if (this.chunkLeft === 0) this.continue();
      const taken = Math.min(this.chunkLeft, value.length - from);
      this.take(taken);
      this.target.set(taken === value.length ? value : value.subarray(from, from + taken), this.position);
      this.position += taken;
      from += taken;
    }
  }

  /** Where the next message begins. */
  end(): number {
    if (this.bodyLeft !== 0) throw new RangeError(`${this.bodyLeft} bytes of the message's body are missing`);
    return this.position;
  }

  private take(bytes: number): void {
    this.chunkLeft -= bytes;
    this.bodyLeft -= bytes;
    if (this.bodyLeft < 0) throw new RangeError('the body is longer than announced');
    if (this.position + bytes > this.target.length) throw new RangeError('the target is too small for the message');
  }

  private continue(): void {
    this.chunkLeft = this.chunkSize;
    this.target[this.position++] = this.continuation;
    if (this.extended >= 0) this.putTimestamp();
  }

  private putTimestamp(): void {
    const { target, extended } = this;
    let at = this.position;
    target[at++] = extended >>> 24;
    target[at++] = extended >>> 16;
    target[at++] = extended >>> 8;
    target[at++] = extended;
    this.position = at;
  }
}

/** One message in chunks. */
export function serializeMessage(header: RtmpMessageHeader, body: Uint8Array, chunkSize: number): Uint8Array {
  const target = new Uint8Array(sizeOfChunkedMessage(body.length, header.timestampMs, chunkSize));
  const writer = new ChunkedMessageWriter(target, chunkSize);
  writer.begin(header, body.length);
  writer.bytes(body);
  writer.end();
  return target;
}

/** The same messages, as `ChunkedMessageWriter` has written them, in another message stream. Aliasing: a copy. */
export function inMessageStream(chunks: Uint8Array, streamId: number, chunkSize: number): Uint8Array {
  const bytes = copyBytes(chunks);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const timestampMs = view.getUint32(at) & EXTENDED_TIMESTAMP;
    const bodyBytes = view.getUint32(at + 3) & 0xff_ffff;
    view.setUint32(at + STREAM_ID_AT, streamId, true);
    at += sizeOfChunkedMessage(bodyBytes, timestampMs, chunkSize);
  }
  return bytes;
}
