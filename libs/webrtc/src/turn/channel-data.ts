import { EMPTY_BYTES, ParseError, concatBytes } from '@mediamesh/bytes';
import { STUN_HEADER_BYTES } from '../stun/stun-message.ts';

const STRUCTURE = 'TURN stream';
const HEADER_BYTES = 4;
/** Packets are made for paths of 1500 bytes; there is room for jumbo frames. The length field could say 65 535. */
export const MAX_TURN_MESSAGE_BYTES = 9_000;
/** RFC 8656 12: channels are 0x4000 to 0x4fff. */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;

export interface ChannelData {
  readonly channel: number;
  readonly data: Uint8Array;
}

/** By its first two bits; STUN has 00. */
export function isChannelData(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && bytes[0]! >>> 6 === 1;
}

/** Undefined when the length is wrong. Aliasing: a view. */
export function parseChannelData(bytes: Uint8Array): ChannelData | undefined {
  const length = (bytes[2]! << 8) | bytes[3]!;
  if (HEADER_BYTES + length > bytes.length) return undefined; // UDP may have padding, which says nothing
  return { channel: (bytes[0]! << 8) | bytes[1]!, data: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length) };
}

/** Packets, each in a message of its own. */
export interface ChannelBatch {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
}

/** `count` packets of a buffer for one channel, as a copy. `isStream`: padded, as TCP needs it. Source: RFC 8656 12.4, 12.5. */
export function channelMessages(
  buffer: Uint8Array,
  { offsets, sizes, count }: { readonly offsets: readonly number[]; readonly sizes: readonly number[]; readonly count: number },
  channel: number,
  isStream: boolean,
): ChannelBatch {
  const starts: number[] = [];
  const lengths: number[] = [];
  let length = 0;
  for (let i = 0; i < count; i++) {
    const size = HEADER_BYTES + sizes[i]!;
    starts.push(length);
    lengths.push(size);
    length += isStream ? padded(size) : size;
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < count; i++) {
    const at = starts[i]!;
    bytes[at] = channel >>> 8;
    bytes[at + 1] = channel;
    bytes[at + 2] = sizes[i]! >>> 8;
    bytes[at + 3] = sizes[i]!;
    bytes.set(buffer.subarray(offsets[i], offsets[i]! + sizes[i]!), at + HEADER_BYTES);
  }
  return { bytes, offsets: starts, sizes: lengths };
}

/**
 * The messages of a connection to a TURN server: STUN and ChannelData, one behind the other.
 *
 * Shape:    chunks in, complete messages out; any chunking gives the same messages.
 * Errors:   ParseError when what comes is neither, or longer than MAX_TURN_MESSAGE_BYTES; nothing can be read after it.
 * Aliasing: messages are views of the chunks; those that came in pieces are copies.
 * Source:   RFC 8656 12.5, RFC 8489 6.2.2.
 */
export class TurnStream {
  private rest: Uint8Array = EMPTY_BYTES;

  push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = this.rest.length === 0 ? chunk : concatBytes([this.rest, chunk]);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const kind = bytes[at]! >>> 6;
      if (kind > 1) throw new ParseError(STRUCTURE, at, 'has neither STUN nor ChannelData');
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (length > MAX_TURN_MESSAGE_BYTES)
        throw new ParseError(STRUCTURE, at, `has a message of ${length} bytes, more than ${MAX_TURN_MESSAGE_BYTES}`);
      const size = kind === 0 ? STUN_HEADER_BYTES + length : HEADER_BYTES + length;
      if (at + padded(size) > bytes.length) break;
      messages.push(bytes.subarray(at, at + size));
      at += padded(size);
    }
    this.rest = at === bytes.length ? EMPTY_BYTES : bytes.subarray(at);
    return messages;
  }
}

function padded(size: number): number {
  return (size + 3) & ~3;
}
