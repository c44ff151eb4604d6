import { ByteReader, ByteWriter, ParseError, copyBytes } from '@mediamesh/bytes';
import { parseSctpChunk, serializeSctpChunk } from './chunks.ts';
import type { SctpChunk, SctpUnknownChunk } from './chunks.ts';
import { crc32c } from '../crc32.ts';

const STRUCTURE = 'SCTP packet';
export const SCTP_HEADER_BYTES = 12;
const CHECKSUM_AT = 8;
/** Of a chunk that is not known: what is behind it counts all the same. RFC 9260 3.2. */
const SKIP = 0x80;

/** Both ports are 5000 in WebRTC, and nobody looks at them: there is one association. */
export const SCTP_PORT = 5000;

export interface SctpPacket {
  /** Of the receiver; 0 in front of INIT. */
  readonly verificationTag: number;
  readonly chunks: readonly SctpChunk[];
}

/**
 * A packet as it comes out of DTLS.
 *
 * Errors:   ParseError when it is truncated, its checksum is wrong, or a chunk is malformed.
 * Aliasing: chunks are views of the input.
 * Source:   RFC 9260 3, RFC 8261.
 */
export function parseSctpPacket(bytes: Uint8Array): SctpPacket {
  const reader = new ByteReader(bytes, STRUCTURE);
  reader.skip(4);
  const verificationTag = reader.u32();
  reader.skip(4);
  if (checksumIn(bytes) !== checksumOf(bytes)) throw new ParseError(STRUCTURE, CHECKSUM_AT, 'has a wrong checksum');
  const chunks: SctpChunk[] = [];
  while (reader.remaining > 0) {
    const chunk = parseSctpChunk(reader);
    if (chunk.type !== 'unknown') chunks.push(chunk);
    else if ((chunk.code & SKIP) === 0) break;
  }
  return { verificationTag, chunks };
}

export function serializeSctpPacket(verificationTag: number, chunks: readonly Exclude<SctpChunk, SctpUnknownChunk>[]): Uint8Array {
  return joinSctpChunks(verificationTag, chunks.map(serializeSctpChunk));
}

/** The packet of chunks that are serialized already. */
export function joinSctpChunks(verificationTag: number, chunks: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().u16(SCTP_PORT).u16(SCTP_PORT).u32(verificationTag).u32(0);
  for (const chunk of chunks) writer.bytes(chunk);
  const bytes = writer.finish();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(CHECKSUM_AT, crc32c(bytes), true);
  return bytes;
}

function checksumIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(CHECKSUM_AT, true);
}

/** With zeros in the checksum's place. */
function checksumOf(bytes: Uint8Array): number {
  const blank = copyBytes(bytes);
  blank.fill(0, CHECKSUM_AT, SCTP_HEADER_BYTES);
  return crc32c(blank);
}
