import { ParseError, concatBytes } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { splitAnnexB, startCodeBytesAt } from '../annex-b.ts';
import { LossGate } from '../loss-gate.ts';
import { NalUnitBuffer } from '../nal-unit-buffer.ts';
import { NO_UNITS } from '../no-units.ts';
import { H265NalUnitType, NAL_UNIT_HEADER_BYTES, h265NalUnitTypeOf } from './nal-unit-type.ts';

const STRUCTURE = 'H.265 RTP payload';
const FU_HEADER_BYTES = NAL_UNIT_HEADER_BYTES + 1;

/**
 * H.265 over RTP into access units: single NAL units, aggregation packets and fragmentation units.
 *
 * Shape:    a unit ends at the marker or at a change of timestamp; NAL units come without start codes, in order of transmission. Decoding order numbers are skipped.
 * Errors:   ParseError when an aggregate or a fragment is malformed, of type PACI, or past a limit.
 * Aliasing: single and aggregated NAL units alias the packets (single ones with DONL are copies); reassembled ones are copies.
 * Source:   RFC 7798 4.4. Cameras send several NAL units with start codes between them in place of one: that is read.
 */
export class H265Depacketizer implements Depacketizer {
  private readonly unit = new NalUnitBuffer(STRUCTURE);
  private readonly gate = new LossGate();
  private readonly donlBytes: number;
  private readonly dondBytes: number;
  private fragmentedFirst = 0;
  private fragmentedSecond = 0;

  constructor(maxDonDiff: number) {
    this.donlBytes = maxDonDiff > 0 ? 2 : 0;
    this.dondBytes = maxDonDiff > 0 ? 1 : 0;
  }

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    try {
      return this.read(packet);
    } catch (error) {
      this.unit.clear();
      this.gate.skip(packet);
      throw error;
    }
  }

  reset(): void {
    this.gate.close(this.unit.timestamp);
    this.unit.clear();
  }

  private read(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { unit } = this;
    const previous = unit.timestamp >= 0 && unit.timestamp !== packet.timestamp ? unit.take() : undefined;
    if (unit.timestamp < 0) {
      if (!this.gate.admit(packet, this.startKindOf(packet.payload))) return NO_UNITS;
      unit.timestamp = packet.timestamp;
    }
    this.readPayload(packet.payload);
    const complete = packet.marker ? unit.take() : undefined;
    if (previous === undefined) return complete === undefined ? NO_UNITS : [complete];
    return complete === undefined ? [previous] : [previous, complete];
  }

  private readPayload(payload: Uint8Array): void {
    if (payload.length === 0) return;
    if (payload.length < NAL_UNIT_HEADER_BYTES) throw new ParseError(STRUCTURE, 0, 'the NAL unit header is truncated');
    const type = h265NalUnitTypeOf(payload[0]!);
    if (type === H265NalUnitType.fragmentationUnit) {
      this.readFragment(payload);
      return;
    }
    if (this.unit.fragmented) throw new ParseError(STRUCTURE, 0, 'a fragmented NAL unit has no last fragment');
    if (type === H265NalUnitType.aggregationPacket) this.readAggregate(payload);
    else if (type === H265NalUnitType.paci) throw new ParseError(STRUCTURE, 0, 'is a PACI packet');
    else this.readSingle(payload);
  }

  private readSingle(payload: Uint8Array): void {
    if (this.donlBytes === 0) {
      this.addNalUnit(payload);
      return;
    }
    const data = NAL_UNIT_HEADER_BYTES + this.donlBytes;
    if (payload.length < data) throw new ParseError(STRUCTURE, NAL_UNIT_HEADER_BYTES, 'the decoding order number is truncated');
    this.addNalUnit(concatBytes([payload.subarray(0, NAL_UNIT_HEADER_BYTES), payload.subarray(data)]));
  }

  private readAggregate(payload: Uint8Array): void {
    let at = NAL_UNIT_HEADER_BYTES + this.donlBytes;
    while (at < payload.length) {
      if (at + 2 > payload.length) throw new ParseError(STRUCTURE, at, 'the size of an aggregated NAL unit is truncated');
      const size = (payload[at]! << 8) | payload[at + 1]!;
      at += 2;
      if (size === 0) return; // padding
      if (at + size > payload.length) throw new ParseError(STRUCTURE, at, 'an aggregated NAL unit exceeds its packet');
      this.addNalUnit(payload.subarray(at, at + size));
      at += size + this.dondBytes;
    }
  }

  private readFragment(payload: Uint8Array): void {
    const { unit } = this;
    const flags = payload[2];
    if (flags === undefined) throw new ParseError(STRUCTURE, 0, 'a fragment is truncated');
    let data = FU_HEADER_BYTES;
    if ((flags & 0x80) !== 0) {
      if (unit.fragmented) throw new ParseError(STRUCTURE, 2, 'a fragmented NAL unit has no last fragment');
      unit.fragmented = true;
      this.fragmentedFirst = (payload[0]! & 0x81) | ((flags & 0x3f) << 1);
      this.fragmentedSecond = payload[1]!;
      data += this.donlBytes;
      if (data > payload.length) throw new ParseError(STRUCTURE, FU_HEADER_BYTES, 'the decoding order number is truncated');
    } else if (!unit.fragmented) throw new ParseError(STRUCTURE, 2, 'a fragmented NAL unit has no first fragment');
    unit.fragments.add(payload.subarray(data));
    if ((flags & 0x40) === 0) return;
    unit.fragmented = false;
    const nalUnit = unit.fragments.take(NAL_UNIT_HEADER_BYTES);
    nalUnit[0] = this.fragmentedFirst;
    nalUnit[1] = this.fragmentedSecond;
    this.addNalUnit(nalUnit);
  }

  private addNalUnit(nalUnit: Uint8Array): void {
    const type = h265NalUnitTypeOf(nalUnit[0]!);
    const small = type >= H265NalUnitType.vps && type <= H265NalUnitType.prefixSei;
    if (small || startCodeBytesAt(nalUnit, 0) > 0) splitAnnexB(nalUnit, this.unit);
    else this.unit.add(nalUnit);
  }

  /** NAL unit type that this payload begins with, when an access unit can start with it; else negative. */
  private startKindOf(payload: Uint8Array): number {
    let at = startCodeBytesAt(payload, 0);
    if (at + FU_HEADER_BYTES > payload.length) return -1;
    let type = h265NalUnitTypeOf(payload[at]!);
    let slice = at + NAL_UNIT_HEADER_BYTES + this.donlBytes;
    if (type === H265NalUnitType.aggregationPacket) {
      at += NAL_UNIT_HEADER_BYTES + this.donlBytes + 2;
      type = h265NalUnitTypeOf(payload[at]!);
      slice = at + NAL_UNIT_HEADER_BYTES;
    } else if (type === H265NalUnitType.fragmentationUnit) {
      const flags = payload[at + 2]!;
      if ((flags & 0x80) === 0) return -1;
      type = flags & 0x3f;
      slice = at + FU_HEADER_BYTES + this.donlBytes;
    }
    // first_slice_segment_in_pic_flag is the first bit of a slice
    if (type <= H265NalUnitType.lastVcl && (payload[slice]! & 0x80) === 0) return -1;
    return type;
  }
}
