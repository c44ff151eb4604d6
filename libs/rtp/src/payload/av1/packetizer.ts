import { sizeOfLeb128, writeLeb128Into } from '@mediamesh/codecs';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { AGGREGATION_HEADER_BYTES, AggregationHeader, MAX_COUNTED_ELEMENTS } from './aggregation-header.ts';
import { ObuType, obuTypeOf } from './obu.ts';

/**
 * AV1 temporal units into RTP.
 *
 * Shape:  up to three OBU elements a packet; packets are as full as `maxPayloadBytes` allows.
 * Source: AV1 RTP payload 4; the marker is on the last packet of the temporal unit (4.2).
 */
export class Av1Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  /** The plan of the next packet: count of elements, its size, and the OBU and offset behind its last element. */
  private count = 0;
  private payloadBytes = 0;
  private endObu = 0;
  private endOffset = 0;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    let obu = 0;
    let offset = 0;
    while (obu < payload.length) {
      this.plan(payload, obu, offset);
      this.write(payload, obu, offset, frame);
      obu = this.endObu;
      offset = this.endOffset;
    }
  }

  private plan(payload: readonly Uint8Array[], obu: number, offset: number): void {
    this.count = 0;
    this.payloadBytes = AGGREGATION_HEADER_BYTES;
    let from = offset;
    for (let i = obu; ; i++) {
      const rest = payload[i]!.length - from;
      const room = this.maxPayloadBytes - this.payloadBytes;
      this.count++;
      const withLength = sizeOfLeb128(rest) + rest;
      if (this.count === MAX_COUNTED_ELEMENTS || i === payload.length - 1 || withLength >= room) {
        const taken = Math.min(rest, room);
        this.payloadBytes += taken;
        this.endObu = taken === rest ? i + 1 : i;
        this.endOffset = taken === rest ? 0 : from + taken;
        return;
      }
      this.payloadBytes += withLength;
      from = 0;
    }
  }

  private write(payload: readonly Uint8Array[], obu: number, offset: number, frame: RtpFrame): void {
    let at = frame.packet(this.payloadBytes, this.endObu === payload.length);
    const end = at + this.payloadBytes;
    const target = frame.bytes;
    const starts = obu === 0 && offset === 0 && obuTypeOf(payload[0]![0]!) === ObuType.sequenceHeader;
    target[at++] =
      (offset > 0 ? AggregationHeader.continues : 0) |
      (this.endOffset > 0 ? AggregationHeader.continued : 0) |
      (this.count << AggregationHeader.countShift) |
      (starts ? AggregationHeader.newSequence : 0);
    let from = offset;
    for (let k = 0; k < this.count; k++) {
      const rest = payload[obu + k]!.subarray(from);
      from = 0;
      if (k === this.count - 1) {
        target.set(rest.subarray(0, end - at), at);
        return;
      }
      at = writeLeb128Into(rest.length, target, at);
      target.set(rest, at);
      at += rest.length;
    }
  }
}
