import { RTP_HEADER_BYTES } from './packet.ts';
import type { RtpPacket } from './packet.ts';

/** The original sequence number, before the payload. */
export const RETRANSMISSION_HEADER_BYTES = 2;

/** A stream of packets that are sent again, beside the one they were lost from. Sending advances it. */
export interface RetransmissionStream {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the next packet, modulo 2^16. */
  sequenceNumber: number;
}

/**
 * Writes a packet that is sent again to the start of `target`, RETRANSMISSION_HEADER_BYTES larger than the original, and returns its size.
 * The original has the fixed header only; `originalSequenceNumber` is what the receiver knows it by.
 * Source: RFC 4588 4.
 */
export function writeRetransmissionInto(
  original: Uint8Array,
  originalSequenceNumber: number,
  stream: RetransmissionStream,
  target: Uint8Array,
): number {
  const { payloadType, ssrc, sequenceNumber } = stream;
  stream.sequenceNumber = (sequenceNumber + 1) & 0xffff;
  target.set(original.subarray(0, RTP_HEADER_BYTES));
  target[1] = (original[1]! & 0x80) | payloadType;
  target[2] = sequenceNumber >>> 8;
  target[3] = sequenceNumber;
  target[8] = ssrc >>> 24;
  target[9] = ssrc >>> 16;
  target[10] = ssrc >>> 8;
  target[11] = ssrc;
  target[RTP_HEADER_BYTES] = originalSequenceNumber >>> 8;
  target[RTP_HEADER_BYTES + 1] = originalSequenceNumber;
  target.set(original.subarray(RTP_HEADER_BYTES), RTP_HEADER_BYTES + RETRANSMISSION_HEADER_BYTES);
  return original.length + RETRANSMISSION_HEADER_BYTES;
}

/**
 * The packet that was sent again, as it was in the stream that it was lost from. Undefined when there is none in it: padding, by
 * which senders probe the path.
 * Aliasing: the payload is a view of the retransmission's.
 * Source: RFC 4588 4.
 */
export function originalOf(
  { payload, marker, timestamp }: RtpPacket,
  stream: Pick<RtpPacket, 'payloadType' | 'ssrc'>,
): RtpPacket | undefined {
  if (payload.length <= RETRANSMISSION_HEADER_BYTES) return undefined;
  const sequenceNumber = (payload[0]! << 8) | payload[1]!;
  const { payloadType, ssrc } = stream;
  return { marker, payloadType, sequenceNumber, timestamp, ssrc, payload: payload.subarray(RETRANSMISSION_HEADER_BYTES) };
}
