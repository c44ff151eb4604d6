import { RETRANSMISSION_HEADER_BYTES, SRTP_TAG_BYTES, SrtpContext, writeRetransmissionInto } from '@mediamesh/rtp';
import type { WebRtcFrame } from '../from-stream.ts';
import type { ReaderNumbering } from './reader-numbering.ts';

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
    writeNumbers(target, at, numbering.payloadType, ((bytes[from + 2]! << 8) | bytes[from + 3]!) + numbering.offset);
    context.protectInPlace(target, at, size);
  }
  return target;
}

/** One packet, which the reader knows by this number, as it is sent again. Returns its size at the start of the buffer. */
export function protectAgain(
  packet: Uint8Array,
  sequenceNumber: number,
  { payloadType, rtx }: ReaderNumbering,
  context: SrtpContext,
): number {
  const target = protectBuffer.reserve(packet.length + RETRANSMISSION_HEADER_BYTES + SRTP_TAG_BYTES);
  if (rtx !== undefined) return context.protectInPlace(target, 0, writeRetransmissionInto(packet, sequenceNumber, rtx, target));
  target.set(packet);
  writeNumbers(target, 0, payloadType, sequenceNumber);
  return context.protectInPlace(target, 0, packet.length);
}

function writeNumbers(target: Uint8Array, at: number, payloadType: number, sequenceNumber: number): void {
  target[at + 1] = (target[at + 1]! & 0x80) | payloadType;
  target[at + 2] = sequenceNumber >>> 8;
  target[at + 3] = sequenceNumber;
}
