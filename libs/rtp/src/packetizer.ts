import type { RtpFrame } from './rtp-frame.ts';
import type { RtpPacket } from './packet.ts';

/**
 * Access units into RTP packets, for one track. Shared by all readers with the same packet size.
 *
 * Shape:  the payload entries of one unit in (none of them empty), the packets appended to `frame`; nothing is kept of either.
 * Units:  `timestamp` is the RTP timestamp of the unit, modulo 2^32; later packets of a unit of several audio frames carry their own.
 * Errors: PayloadTooLargeError when an entry exceeds the packet size and its codec has no fragments.
 */
export interface Packetizer {
  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void;
}

/** A complete access unit, as a depacketizer returns it. `timestamp` is the RTP timestamp, 32 bits. */
export interface DepacketizedUnit {
  readonly timestamp: number;
  readonly payload: readonly Uint8Array[];
}

/**
 * RTP packets into access units, for one track.
 *
 * Shape:    packets in order in; what they completed out (none, one, or two when a change of timestamp ends one unit and the marker the next).
 * Errors:   ParseError when a packet is malformed: that unit is lost, the next packets are read as after `reset`.
 * Aliasing: payloads may alias the packets.
 */
export interface Depacketizer {
  push(packet: RtpPacket): readonly DepacketizedUnit[];
  /** Packets were lost: what is incomplete is dropped, and a unit that misses its start is skipped. */
  reset(): void;
}

/** What does not fit a packet, of a codec whose payload format has no fragments. */
export class PayloadTooLargeError extends Error {
  readonly code = 'RTP_PAYLOAD_TOO_LARGE';
  readonly payloadBytes: number;
  readonly maxPayloadBytes: number;

  constructor(payloadBytes: number, maxPayloadBytes: number) {
    super(`RTP payload size (${payloadBytes}) is greater than maximum allowed (${maxPayloadBytes})`);
    this.name = 'PayloadTooLargeError';
    this.payloadBytes = payloadBytes;
    this.maxPayloadBytes = maxPayloadBytes;
  }
}
