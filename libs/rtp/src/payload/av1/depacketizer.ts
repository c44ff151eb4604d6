import { ByteReader, ParseError } from '@mediamesh/bytes';
import { readLeb128 } from '@mediamesh/codecs';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { FragmentBuffer } from '../fragment-buffer.ts';
import { MAX_ACCESS_UNIT_BYTES, MAX_OBUS } from '../limits.ts';
import { LossGate } from '../loss-gate.ts';
import { NO_UNITS } from '../no-units.ts';
import { AGGREGATION_HEADER_BYTES, AggregationHeader } from './aggregation-header.ts';
import { OBU_EXTENSION_FLAG, OBU_HAS_SIZE_FLAG, ObuType, obuTypeOf } from './obu.ts';

const STRUCTURE = 'AV1 RTP payload';
const NONE = -1;

/**
 * AV1 over RTP into temporal units.
 *
 * Shape:    a unit ends at the marker or at a change of timestamp. OBUs come without size fields; temporal delimiters are dropped.
 * Errors:   ParseError when elements exceed the packet, a fragment misses its other parts, or a limit is passed.
 * Aliasing: whole OBUs without size field alias the packets; others are copies.
 * Source:   AV1 RTP payload 4.
 */
export class Av1Depacketizer implements Depacketizer {
  private readonly gate = new LossGate();
  private readonly fragments = new FragmentBuffer(STRUCTURE);
  private timestamp = NONE;
  private obus: Uint8Array[] = [];
  private bytes = 0;

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    try {
      return this.read(packet);
    } catch (error) {
      this.clear();
      this.gate.skip(packet);
      throw error;
    }
  }

  reset(): void {
    this.gate.close(this.timestamp);
    this.clear();
  }

  private read(packet: RtpPacket): readonly DepacketizedUnit[] {
    const previous = this.timestamp >= 0 && this.timestamp !== packet.timestamp ? this.take() : undefined;
    if (this.timestamp < 0) {
      if (!this.gate.admit(packet, startKindOf(packet.payload))) return NO_UNITS;
      this.timestamp = packet.timestamp;
    }
    this.readElements(packet.payload);
    const complete = packet.marker ? this.take() : undefined;
    if (previous === undefined) return complete === undefined ? NO_UNITS : [complete];
    return complete === undefined ? [previous] : [previous, complete];
  }

  private readElements(payload: Uint8Array): void {
    if (payload.length === 0) return;
    const header = payload[0]!;
    const count = (header >> AggregationHeader.countShift) & 3;
    let continues = (header & AggregationHeader.continues) !== 0;
    if (continues !== this.fragments.sizeBytes > 0) throw new ParseError(STRUCTURE, 0, 'an OBU misses fragments');
    const reader = new ByteReader(payload, STRUCTURE, AGGREGATION_HEADER_BYTES);
    for (let element = 1; reader.remaining > 0; element++) {
      const data = element === count ? reader.rest() : reader.bytes(readLeb128(reader));
      const continued = reader.remaining === 0 && (header & AggregationHeader.continued) !== 0;
      if (continues || continued) this.fragments.add(data);
      else this.addObu(data);
      if (continues && !continued) this.addObu(this.fragments.take());
      continues = false;
    }
  }

  private addObu(obu: Uint8Array): void {
    if (obu.length === 0 || obuTypeOf(obu[0]!) === ObuType.temporalDelimiter) return;
    this.bytes += obu.length;
    if (this.bytes > MAX_ACCESS_UNIT_BYTES) throw new ParseError(STRUCTURE, 0, `the unit exceeds ${MAX_ACCESS_UNIT_BYTES} bytes`);
    if (this.obus.length === MAX_OBUS) throw new ParseError(STRUCTURE, 0, `the unit has more than ${MAX_OBUS} OBUs`);
    this.obus.push((obu[0]! & OBU_HAS_SIZE_FLAG) === 0 ? obu : withoutSizeField(obu));
  }

  private take(): DepacketizedUnit | undefined {
    const complete = this.obus.length > 0 && this.fragments.sizeBytes === 0;
    const unit = complete ? { timestamp: this.timestamp, payload: this.obus } : undefined;
    this.clear();
    return unit;
  }

  private clear(): void {
    this.timestamp = NONE;
    this.obus = [];
    this.bytes = 0;
    this.fragments.clear();
  }
}

function withoutSizeField(obu: Uint8Array): Uint8Array {
  const headerBytes = (obu[0]! & OBU_EXTENSION_FLAG) === 0 ? 1 : 2;
  const reader = new ByteReader(obu, 'OBU in an RTP payload', headerBytes);
  const data = reader.bytes(readLeb128(reader));
  const stripped = new Uint8Array(headerBytes + data.length);
  stripped.set(obu.subarray(0, headerBytes));
  stripped.set(data, headerBytes);
  stripped[0]! &= ~OBU_HAS_SIZE_FLAG;
  return stripped;
}

/** OBU type that this payload begins with, when a temporal unit can start with it; else negative. */
function startKindOf(payload: Uint8Array): number {
  if (payload.length < 2 || (payload[0]! & AggregationHeader.continues) !== 0) return -1;
  let at = AGGREGATION_HEADER_BYTES;
  if (((payload[0]! >> AggregationHeader.countShift) & 3) !== 1) {
    while ((payload[at]! & 0x80) !== 0) at++;
    at++;
  }
  if (at >= payload.length) return -1;
  const type = obuTypeOf(payload[at]!);
  return type === ObuType.tileGroup || type === ObuType.redundantFrameHeader ? -1 : type;
}
