import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { H265NalUnitType, NAL_UNIT_HEADER_BYTES } from './nal-unit-type.ts';

const SIZE_BYTES = 2;
const FU_HEADER_BYTES = NAL_UNIT_HEADER_BYTES + 1;
const DONL_BYTES = 2;
const DOND_BYTES = 1;

/**
 * H.265 access units into RTP.
 *
 * Shape:  neighbouring NAL units that fit one packet become an aggregation packet, larger ones fragmentation units of equal size except the last.
 *         With `sprop-max-don-diff` above 0, packets carry decoding order numbers; the order is that of the units.
 * Source: RFC 7798 4.4; the marker is on the last packet of the access unit (4.1).
 */
export class H265Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  private readonly donlBytes: number;
  private readonly dondBytes: number;
  /** Decoding order number of the next NAL unit, modulo 2^16. */
  private don = 0;

  constructor(maxPayloadBytes: number, maxDonDiff: number) {
    this.maxPayloadBytes = maxPayloadBytes;
    this.donlBytes = maxDonDiff > 0 ? DONL_BYTES : 0;
    this.dondBytes = maxDonDiff > 0 ? DOND_BYTES : 0;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    let first = 0;
    for (let i = 1; i <= payload.length; i++) {
      if (i < payload.length && this.aggregateBytes(payload, first, i + 1) <= this.maxPayloadBytes) continue;
      this.write(payload, first, i, frame);
      this.don = (this.don + i - first) & 0xffff;
      first = i;
    }
  }

  private aggregateBytes(payload: readonly Uint8Array[], first: number, end: number): number {
    let bytes = NAL_UNIT_HEADER_BYTES + this.donlBytes + (end - first - 1) * this.dondBytes;
    for (let i = first; i < end; i++) bytes += SIZE_BYTES + payload[i]!.length;
    return bytes;
  }

  private write(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
    const marker = end === payload.length;
    const nalUnit = payload[first]!;
    if (end - first > 1) this.writeAggregate(payload, first, end, frame);
    else if (nalUnit.length + this.donlBytes > this.maxPayloadBytes) this.writeFragments(nalUnit, marker, frame);
    else {
      const at = frame.packet(nalUnit.length + this.donlBytes, marker);
      frame.bytes.set(nalUnit.subarray(0, NAL_UNIT_HEADER_BYTES), at);
      const data = this.writeDonl(frame.bytes, at + NAL_UNIT_HEADER_BYTES);
      frame.bytes.set(nalUnit.subarray(NAL_UNIT_HEADER_BYTES), data);
    }
  }

  private writeAggregate(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
    let at = frame.packet(this.aggregateBytes(payload, first, end), end === payload.length);
    const target = frame.bytes;
    let forbidden = 0;
    let layerId = 63;
    let temporalId = 7;
    for (let i = first; i < end; i++) {
      const nalUnit = payload[i]!;
      forbidden |= nalUnit[0]! & 0x80;
      layerId = Math.min(layerId, ((nalUnit[0]! & 1) << 5) | (nalUnit[1]! >> 3));
      temporalId = Math.min(temporalId, nalUnit[1]! & 7);
    }
    target[at++] = forbidden | (H265NalUnitType.aggregationPacket << 1) | (layerId >> 5);
    target[at++] = ((layerId & 0x1f) << 3) | temporalId;
    for (let i = first; i < end; i++) {
      const nalUnit = payload[i]!;
      if (i === first) at = this.writeDonl(target, at);
      else at += this.dondBytes; // DOND: the difference minus 1, which is 0
      target[at++] = nalUnit.length >>> 8;
      target[at++] = nalUnit.length;
      target.set(nalUnit, at);
      at += nalUnit.length;
    }
  }

  private writeFragments(nalUnit: Uint8Array, marker: boolean, frame: RtpFrame): void {
    const type = (nalUnit[0]! >> 1) & 0x3f;
    const room = this.maxPayloadBytes - FU_HEADER_BYTES;
    for (let from = NAL_UNIT_HEADER_BYTES; from < nalUnit.length;) {
      const isFirst = from === NAL_UNIT_HEADER_BYTES;
      const donlBytes = isFirst ? this.donlBytes : 0;
      const to = Math.min(from + room - donlBytes, nalUnit.length);
      const last = to === nalUnit.length;
      let at = frame.packet(FU_HEADER_BYTES + donlBytes + to - from, marker && last);
      const target = frame.bytes;
      target[at++] = (nalUnit[0]! & 0x81) | (H265NalUnitType.fragmentationUnit << 1);
      target[at++] = nalUnit[1]!;
      target[at++] = (isFirst ? 0x80 : 0) | (last ? 0x40 : 0) | type;
      if (isFirst) at = this.writeDonl(target, at);
      target.set(nalUnit.subarray(from, to), at);
      from = to;
    }
  }

  /** Returns the offset behind it. */
  private writeDonl(target: Uint8Array, at: number): number {
    if (this.donlBytes === 0) return at;
    target[at] = this.don >>> 8;
    target[at + 1] = this.don;
    return at + DONL_BYTES;
  }
}
