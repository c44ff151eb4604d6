import { ByteReader, ParseError } from '@mediamesh/bytes';

/** Bytes of a tag's data: as much as a message of RTMP may have. */
export const MAX_FLV_TAG_BYTES = 10 * 1024 * 1024;
/** Bytes of the file's header; later versions could be longer. */
export const MAX_FLV_HEADER_BYTES = 64;
export const FLV_TAG_HEADER_BYTES = 11;
export const FLV_PREVIOUS_SIZE_BYTES = 4;

const SIGNATURE = 0x46_4c_56; // FLV
const FILE_HEADER_BYTES = 9;
/** An encrypted tag. */
const FILTERED = 0x20;

/** One tag of a file, or of an aggregate message. */
export interface FlvTag {
  readonly type: number;
  readonly timestampMs: number;
  readonly data: Uint8Array;
}

/** The header of a tag, without its data. Errors: ParseError when truncated, encrypted, or beyond MAX_FLV_TAG_BYTES. */
export function readFlvTagHeader(reader: ByteReader): { readonly type: number; readonly timestampMs: number; readonly sizeBytes: number } {
  const type = reader.u8();
  if ((type & FILTERED) !== 0) throw new ParseError(reader.structure, reader.position - 1, 'has an encrypted tag');
  const sizeBytes = reader.u24();
  if (sizeBytes > MAX_FLV_TAG_BYTES) throw new ParseError(reader.structure, reader.position - 3, `has a tag of ${sizeBytes} bytes`);
  const low = reader.u24();
  const timestampMs = ((reader.u8() << 24) | low) >>> 0;
  reader.skip(3); // stream id, always 0
  return { type: type & 0x1f, timestampMs, sizeBytes };
}

/**
 * The tags of an FLV file.
 *
 * Shape:    bytes in any chunking, the same tags out; what `push` returns is complete.
 * Errors:   ParseError when it is no FLV file, or at a limit.
 * Aliasing: data are copies.
 * Source:   FLV E.2, E.3, E.4.
 */
export class FlvReader {
  private pending: Uint8Array = new Uint8Array(0);
  private headerRead = false;

  push(chunk: Uint8Array): readonly FlvTag[] {
    const joined = new Uint8Array(this.pending.length + chunk.length);
    joined.set(this.pending);
    joined.set(chunk, this.pending.length);
    const reader = new ByteReader(joined, 'FLV file');
    if (!this.headerRead) this.headerRead = readFileHeader(reader);
    const tags: FlvTag[] = [];
    if (this.headerRead) for (let tag = readTag(reader); tag !== undefined; tag = readTag(reader)) tags.push(tag);
    this.pending = reader.rest();
    return tags;
  }
}

/** False, and nothing is read, while it is not complete. */
function readFileHeader(reader: ByteReader): boolean {
  if (reader.remaining >= 3) {
    const signature = new ByteReader(reader.input, reader.structure, reader.position).u24();
    if (signature !== SIGNATURE) throw new ParseError(reader.structure, 0, 'has another signature');
  }
  if (reader.remaining < FILE_HEADER_BYTES) return false;
  const size = new ByteReader(reader.input, reader.structure, reader.position + 5).u32();
  if (size < FILE_HEADER_BYTES || size > MAX_FLV_HEADER_BYTES) throw new ParseError(reader.structure, 5, `has a header of ${size} bytes`);
  if (reader.remaining < size + FLV_PREVIOUS_SIZE_BYTES) return false;
  reader.skip(size + FLV_PREVIOUS_SIZE_BYTES);
  return true;
}

function readTag(reader: ByteReader): FlvTag | undefined {
  if (reader.remaining < FLV_TAG_HEADER_BYTES) return undefined;
  const start = reader.position;
  const { type, timestampMs, sizeBytes } = readFlvTagHeader(reader);
  if (reader.remaining < sizeBytes + FLV_PREVIOUS_SIZE_BYTES) {
    reader.position = start;
    return undefined;
  }
  const data = Uint8Array.from(reader.bytes(sizeBytes));
  reader.skip(FLV_PREVIOUS_SIZE_BYTES);
  return { type, timestampMs, data };
}
