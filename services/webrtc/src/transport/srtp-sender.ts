import { SRTP_TAG_BYTES, SrtpContext } from '@mediamesh/rtp';
import type { WebRtcFrame } from '../from-stream.ts';

/** What makes a path's packets one reader's: its payload type, and its place in the numbering. */
export interface ReaderNumbering {
  readonly payloadType: number;
  /** Added to the path's sequence numbers, modulo 2^16. */
  readonly sequenceOffset: number;
}

const INITIAL_BYTES = 256 * 1024;

/** Where packets are protected before they are sent, in the same turn: one for all readers of the process. */
class ProtectBuffer {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);

  reserve(length: number): Uint8Array {
    if (length > this.bytes.length) this.bytes = new Uint8Array(2 * length);
    return this.bytes;
  }
}

export const protectBuffer = new ProtectBuffer();

/** Writes all packets of a frame as one reader's SRTP into the buffer, at the offsets that the frame says. Hot. */
export function protectFrame(frame: WebRtcFrame, numbering: ReaderNumbering, context: SrtpContext): Uint8Array {
  const { packets, protectedOffsets } = frame;
  const target = protectBuffer.reserve(frame.protectedBytes);
  const { bytes, offsets, sizes } = packets;
  for (let i = 0; i < offsets.length; i++) {
    const size = sizes[i]!;
    const at = protectedOffsets[i]!;
    const from = offsets[i]!;
    target.set(bytes.subarray(from, from + size), at);
    renumber(target, at, numbering);
    context.protectInPlace(target, at, size);
  }
  return target;
}

/** One packet, as it was sent before. Returns its size at the start of the buffer. */
export function protectAgain(packet: Uint8Array, numbering: ReaderNumbering, context: SrtpContext): number {
  const target = protectBuffer.reserve(packet.length + SRTP_TAG_BYTES);
  target.set(packet);
  renumber(target, 0, numbering);
  return context.protectInPlace(target, 0, packet.length);
}

function renumber(target: Uint8Array, at: number, { payloadType, sequenceOffset }: ReaderNumbering): void {
  target[at + 1] = (target[at + 1]! & 0x80) | payloadType;
  const sequenceNumber = ((target[at + 2]! << 8) | target[at + 3]!) + sequenceOffset;
  target[at + 2] = sequenceNumber >>> 8;
  target[at + 3] = sequenceNumber;
}
