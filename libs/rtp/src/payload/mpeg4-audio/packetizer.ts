import { PayloadTooLargeError } from '../../packetizer.ts';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { checkAuHeaderLengths } from './au-header.ts';
import type { AuHeaderLengths } from './au-header.ts';

const HEADERS_LENGTH_BYTES = 2;

/**
 * AAC frames into RTP, MPEG-4 generic.
 *
 * Shape:  neighbouring frames that fit one packet share it; a larger one becomes fragments of equal size except the last.
 * Units:  each packet carries the timestamp of its first frame; `frameTicks` is the duration of a frame.
 * Source: RFC 3640 2.11, 3.2; the marker is on packets that end a frame (3.1). A fragment's AU-size is that of the whole frame (3.2.3.1).
 */
export class Mpeg4AudioPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  private readonly lengths: AuHeaderLengths;
  private readonly frameTicks: number;

  constructor(maxPayloadBytes: number, lengths: AuHeaderLengths, frameTicks: number) {
    checkAuHeaderLengths(lengths);
    this.maxPayloadBytes = maxPayloadBytes;
    this.lengths = lengths;
    this.frameTicks = frameTicks;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    let first = 0;
    let dataBytes = 0;
    for (let i = 0; i < payload.length; i++) {
      const bytes = payload[i]!.length;
      if (i > first && this.headersBytes(i + 1 - first) + dataBytes + bytes > this.maxPayloadBytes) {
        frame.packetTimestamp = timestamp + first * this.frameTicks;
        this.write(payload, first, i, frame);
        first = i;
        dataBytes = 0;
      }
      dataBytes += bytes;
    }
    if (first === payload.length) return;
    frame.packetTimestamp = timestamp + first * this.frameTicks;
    this.write(payload, first, payload.length, frame);
  }

  /** AU-headers-length and the padded AU headers of `count` frames. */
  private headersBytes(count: number): number {
    return HEADERS_LENGTH_BYTES + ((this.headersBits(count) + 7) >>> 3);
  }

  private headersBits(count: number): number {
    const { sizeLength, indexLength, indexDeltaLength } = this.lengths;
    return count * sizeLength + indexLength + (count - 1) * indexDeltaLength;
  }

  private write(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
    const headersBytes = this.headersBytes(end - first);
    let dataBytes = 0;
    for (let i = first; i < end; i++) dataBytes += payload[i]!.length;
    if (headersBytes + dataBytes > this.maxPayloadBytes) {
      this.writeFragments(payload[first]!, frame);
      return;
    }
    let at = frame.packet(headersBytes + dataBytes, true);
    this.writeHeaders(payload, first, end, frame.bytes, at);
    at += headersBytes;
    for (let i = first; i < end; i++) {
      frame.bytes.set(payload[i]!, at);
      at += payload[i]!.length;
    }
  }

  private writeFragments(au: Uint8Array, frame: RtpFrame): void {
    const headersBytes = this.headersBytes(1);
    const fragmentBytes = this.maxPayloadBytes - headersBytes;
    if (au.length >= 2 ** this.lengths.sizeLength) throw new PayloadTooLargeError(au.length, 2 ** this.lengths.sizeLength - 1);
    for (let from = 0; from < au.length; from += fragmentBytes) {
      const to = Math.min(from + fragmentBytes, au.length);
      const at = frame.packet(headersBytes + to - from, to === au.length);
      this.writeHeaders([au], 0, 1, frame.bytes, at);
      frame.bytes.set(au.subarray(from, to), at + headersBytes);
    }
  }

  private writeHeaders(payload: readonly Uint8Array[], first: number, end: number, target: Uint8Array, at: number): void {
    const { sizeLength, indexLength, indexDeltaLength } = this.lengths;
    const bits = this.headersBits(end - first);
    target[at] = bits >>> 8;
    target[at + 1] = bits;
    let bit = (at + HEADERS_LENGTH_BYTES) * 8;
    for (let i = first; i < end; i++) {
      const size = payload[i]!.length;
      if (size >= 2 ** sizeLength) throw new PayloadTooLargeError(size, 2 ** sizeLength - 1);
      writeBits(target, bit, size, sizeLength);
      bit += sizeLength + (i === first ? indexLength : indexDeltaLength); // index and deltas are 0: frames are in order
    }
  }
}

/** Into bytes that are zero. */
function writeBits(target: Uint8Array, bit: number, value: number, count: number): void {
  for (let left = count; left > 0;) {
    const room = 8 - (bit & 7);
    const step = Math.min(room, left);
    const chunk = Math.floor(value / 2 ** (left - step)) & ((1 << step) - 1);
    target[bit >>> 3]! |= chunk << (room - step);
    bit += step;
    left -= step;
  }
}
