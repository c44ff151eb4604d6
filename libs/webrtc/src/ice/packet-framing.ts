import { EMPTY_BYTES, ParseError, concatBytes } from '@mediamesh/bytes';

const STRUCTURE = 'framed packet';
const LENGTH_BYTES = 2;

/** Peers make packets for paths of 1500 bytes, on TCP too; there is room for jumbo frames. The length field could say 65 535. */
export const MAX_FRAMED_PACKET_BYTES = 9_000;

/**
 * The packets of a TCP connection, which stand behind their lengths.
 *
 * Shape:    chunks in, complete packets out; any chunking gives the same packets. Empty ones, which say nothing, are left out.
 * Errors:   ParseError when a packet exceeds MAX_FRAMED_PACKET_BYTES; nothing can be read after it.
 * Aliasing: packets are views of the chunks; those that came in pieces are copies.
 * Source:   RFC 4571 2, RFC 6544 10.2.
 */
export class FramedPackets {
  private rest: Uint8Array = EMPTY_BYTES;

  push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = this.rest.length === 0 ? chunk : concatBytes([this.rest, chunk]);
    const packets: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = (bytes[at]! << 8) | bytes[at + 1]!;
      if (length > MAX_FRAMED_PACKET_BYTES)
        throw new ParseError(STRUCTURE, at, `has ${length} bytes, more than ${MAX_FRAMED_PACKET_BYTES}`);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      if (length > 0) packets.push(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.rest = at === bytes.length ? EMPTY_BYTES : bytes.subarray(at);
    return packets;
  }
}

/** `count` packets of a buffer, each behind its length, as a copy that can be written at once. */
export function framePackets(buffer: Uint8Array, offsets: readonly number[], sizes: readonly number[], count: number): Uint8Array {
  let length = 0;
  for (let i = 0; i < count; i++) length += LENGTH_BYTES + sizes[i]!;
  const framed = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const size = sizes[i]!;
    framed[at] = size >>> 8;
    framed[at + 1] = size;
    framed.set(buffer.subarray(offsets[i], offsets[i]! + size), at + LENGTH_BYTES);
    at += LENGTH_BYTES + size;
  }
  return framed;
}
