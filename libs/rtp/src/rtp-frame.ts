import { RTP_HEADER_BYTES } from './packet.ts';

/** Bytes of `$`, channel and length before each packet in RTSP's interleaved framing (RFC 2326 10.12). */
export const INTERLEAVED_PREFIX_BYTES = 4;

/** What all packets of a track share, and where their numbering stands. One a track and packet size; packetizing advances it. */
export interface RtpSender {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the next packet, modulo 2^16. */
  sequenceNumber: number;
}

/**
 * The RTP packets of one access unit, in one buffer, each behind room for RTSP's interleaved prefix, so that a TCP reader gets the whole frame in one write.
 *
 * Shape:    a packetizer calls `packet(payloadBytes, marker)` for each packet and fills `bytes` from the offset that it returns.
 * Aliasing: `bytes` belongs to the frame until it is dropped: sockets write it without a copy, it is never reused.
 */
export class RtpFrame {
  readonly sender: RtpSender;
  readonly timestamp: number;
  /** Of the packets written next, 32 bits: `timestamp`, until a packetizer whose packets begin at different times sets another. */
  packetTimestamp: number;
  /** Offset of each packet's RTP header; its prefix is in the 4 bytes before. */
  readonly offsets: number[] = [];
  /** Size of each packet, RTP header included, prefix not. */
  readonly sizes: number[] = [];
  private target: Uint8Array;
  private used = 0;

  /** `target` is where the packets go; too little room costs a copy. `interleavedChannel` goes into the prefixes. */
  constructor(sender: RtpSender, timestamp: number, interleavedChannel: number, target: Uint8Array) {
    this.sender = sender;
    this.timestamp = timestamp >>> 0;
    this.packetTimestamp = this.timestamp;
    this.channel = interleavedChannel;
    this.target = target;
  }

  readonly channel: number;

  get packetCount(): number {
    return this.offsets.length;
  }

  /** Undefined while there is no packet. */
  get firstSequenceNumber(): number | undefined {
    const offset = this.offsets[0];
    return offset === undefined ? undefined : (this.target[offset + 2]! << 8) | this.target[offset + 3]!;
  }

  /** The buffer that packets are written into; it can be another one after the next call of `packet`. */
  get bytes(): Uint8Array {
    return this.target;
  }

  /** All packets with their prefixes. */
  get interleaved(): Uint8Array {
    return this.target.subarray(0, this.used);
  }

  /** RTP bytes, headers included, prefixes not. */
  get rtpBytes(): number {
    return this.used - this.offsets.length * INTERLEAVED_PREFIX_BYTES;
  }

  /** Writes prefix and RTP header of the next packet, and returns where in `bytes` its payload of `payloadBytes` goes. */
  packet(payloadBytes: number, marker: boolean): number {
    const size = RTP_HEADER_BYTES + payloadBytes;
    const start = this.used;
    const header = start + INTERLEAVED_PREFIX_BYTES;
    this.used = header + size;
    if (this.used > this.target.length) this.grow(start);
    const { sender, target, packetTimestamp: timestamp } = this;
    const sequenceNumber = sender.sequenceNumber;
    sender.sequenceNumber = (sequenceNumber + 1) & 0xffff;
    target[start] = 0x24;
    target[start + 1] = this.channel;
    target[start + 2] = size >>> 8;
    target[start + 3] = size;
    target[header] = 0x80;
    target[header + 1] = (marker ? 0x80 : 0) | sender.payloadType;
    target[header + 2] = sequenceNumber >>> 8;
    target[header + 3] = sequenceNumber;
    target[header + 4] = timestamp >>> 24;
    target[header + 5] = timestamp >>> 16;
    target[header + 6] = timestamp >>> 8;
    target[header + 7] = timestamp;
    target[header + 8] = sender.ssrc >>> 24;
    target[header + 9] = sender.ssrc >>> 16;
    target[header + 10] = sender.ssrc >>> 8;
    target[header + 11] = sender.ssrc;
    this.offsets.push(header);
    this.sizes.push(size);
    return header + RTP_HEADER_BYTES;
  }

  private grow(usedBefore: number): void {
    const grown = new Uint8Array(Math.max(this.used, this.target.length * 2));
    grown.set(this.target.subarray(0, usedBefore));
    this.target = grown;
  }
}
