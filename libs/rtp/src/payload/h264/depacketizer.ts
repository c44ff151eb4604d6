import { ParseError } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { splitAnnexB, startCodeBytesAt } from '../annex-b.ts';
import { LossGate } from '../loss-gate.ts';
import { NalUnitBuffer } from '../nal-unit-buffer.ts';
import { NO_UNITS } from '../no-units.ts';
import { H264NalUnitType } from './nal-unit-type.ts';

const STRUCTURE = 'H.264 RTP payload';

/**
 * H.264 over RTP into access units: single NAL units, STAP-A and FU-A.
 *
 * Shape:    a unit ends at the marker or at a change of timestamp; NAL units come without start codes.
 * Errors:   ParseError when an aggregate or a fragment is malformed, of an interleaved type, or past a limit.
 * Aliasing: single and aggregated NAL units alias the packets; reassembled ones are copies.
 * Source:   RFC 6184 5.6 to 5.8. Cameras send FU-A with both S and E set, and several NAL units with start codes between them in place of one: both are read.
 */
export class H264Depacketizer implements Depacketizer {
  private readonly unit = new NalUnitBuffer(STRUCTURE);
  private readonly gate = new LossGate();
  private fragmentedHeader = 0;

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
      if (!this.gate.admit(packet, startKindOf(packet.payload))) return NO_UNITS;
      unit.timestamp = packet.timestamp;
    }
    this.readPayload(packet.payload);
    const complete = packet.marker ? unit.take() : undefined;
    if (previous === undefined) return complete === undefined ? NO_UNITS : [complete];
    return complete === undefined ? [previous] : [previous, complete];
  }

  private readPayload(payload: Uint8Array): void {
    if (payload.length === 0) return;
    const type = payload[0]! & 0x1f;
    if (type === H264NalUnitType.fuA) {
      this.readFuA(payload);
      return;
    }
    if (this.unit.fragmented) throw new ParseError(STRUCTURE, 0, 'a fragmented NAL unit has no last fragment');
    if (type === H264NalUnitType.stapA) this.readStapA(payload);
    else if (type > H264NalUnitType.stapA && type <= H264NalUnitType.fuB)
      throw new ParseError(STRUCTURE, 0, `has the interleaved type ${type}`);
    else this.addNalUnit(payload);
  }

  private readStapA(payload: Uint8Array): void {
    let at = 1;
    while (at < payload.length) {
      if (at + 2 > payload.length) throw new ParseError(STRUCTURE, at, 'the size of an aggregated NAL unit is truncated');
      const size = (payload[at]! << 8) | payload[at + 1]!;
      at += 2;
      if (size === 0) return; // padding
      if (at + size > payload.length) throw new ParseError(STRUCTURE, at, 'an aggregated NAL unit exceeds its packet');
      this.addNalUnit(payload.subarray(at, at + size));
      at += size;
    }
  }

  private readFuA(payload: Uint8Array): void {
    if (payload.length < 2) throw new ParseError(STRUCTURE, 0, 'a fragment is truncated');
    const { unit } = this;
    const flags = payload[1]!;
    if ((flags & 0x80) !== 0) {
      if (unit.fragmented) throw new ParseError(STRUCTURE, 1, 'a fragmented NAL unit has no last fragment');
      unit.fragmented = true;
      this.fragmentedHeader = (payload[0]! & 0xe0) | (flags & 0x1f);
    } else if (!unit.fragmented) throw new ParseError(STRUCTURE, 1, 'a fragmented NAL unit has no first fragment');
    unit.fragments.add(payload.subarray(2));
    if ((flags & 0x40) === 0) return;
    unit.fragmented = false;
    const nalUnit = unit.fragments.take(1);
    nalUnit[0] = this.fragmentedHeader;
    this.addNalUnit(nalUnit);
  }

  private addNalUnit(nalUnit: Uint8Array): void {
    // Senders that put several NAL units in place of one begin with a start code, or with one of the small types before a slice.
    const type = nalUnit[0]! & 0x1f;
    if (type === 0 || (type >= H264NalUnitType.sei && type <= H264NalUnitType.accessUnitDelimiter)) splitAnnexB(nalUnit, this.unit);
    else this.unit.add(nalUnit);
  }
}

/** NAL unit type that this payload begins with, when an access unit can start with it; else negative. */
function startKindOf(payload: Uint8Array): number {
  let at = startCodeBytesAt(payload, 0);
  let type = payload[at]! & 0x1f;
  if (type === H264NalUnitType.stapA) {
    at += 3;
    type = payload[at]! & 0x1f;
  } else if (type === H264NalUnitType.fuA) {
    at += 1;
    if ((payload[at]! & 0x80) === 0) return -1;
    type = payload[at]! & 0x1f;
  }
  if (at >= payload.length) return -1;
  switch (type) {
    case H264NalUnitType.slice:
    case H264NalUnitType.dataPartitionA:
    case H264NalUnitType.idrSlice:
      // first_mb_in_slice, ue(v): its first bit is 1 when it is 0, that is, in the first slice of a picture
      return (payload[at + 1]! & 0x80) === 0 ? -1 : type;
    case H264NalUnitType.dataPartitionB:
    case H264NalUnitType.dataPartitionC:
      return -1;
    default:
      return type;
  }
}
