import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { H264NalUnitType } from './nal-unit-type.ts';

const STAP_HEADER_BYTES = 1;
const STAP_SIZE_BYTES = 2;
const FU_HEADER_BYTES = 2;

/**
 * H.264 access units into RTP, packetization mode 1.
 *
 * Shape:  neighbouring NAL units that fit one packet become a STAP-A, larger ones FU-A fragments of equal size except the last.
 * Source: RFC 6184 5.6, 5.7.1, 5.8; the marker is on the last packet of the access unit (5.1).
 */
export class H264Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    let first = 0;
    let aggregatedBytes = STAP_HEADER_BYTES;
    for (let i = 0; i < payload.length; i++) {
      const bytes = STAP_SIZE_BYTES + payload[i]!.length;
      if (i > first && aggregatedBytes + bytes > this.maxPayloadBytes) {
        this.write(payload, first, i, frame);
        first = i;
        aggregatedBytes = STAP_HEADER_BYTES;
      }
      aggregatedBytes += bytes;
    }
    if (first < payload.length) this.write(payload, first, payload.length, frame);
  }

  private write(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
    const marker = end === payload.length;
    if (end - first > 1) writeStapA(payload, first, end, frame);
    else if (payload[first]!.length > this.maxPayloadBytes) this.writeFragments(payload[first]!, marker, frame);
    else {
      const nalUnit = payload[first]!;
      const at = frame.packet(nalUnit.length, marker);
      frame.bytes.set(nalUnit, at);
    }
  }

  private writeFragments(nalUnit: Uint8Array, marker: boolean, frame: RtpFrame): void {
    const header = nalUnit[0]!;
    const indicator = (header & 0xe0) | H264NalUnitType.fuA;
    const fragmentBytes = this.maxPayloadBytes - FU_HEADER_BYTES;
    for (let from = 1; from < nalUnit.length; from += fragmentBytes) {
      const to = Math.min(from + fragmentBytes, nalUnit.length);
      const last = to === nalUnit.length;
      const at = frame.packet(FU_HEADER_BYTES + to - from, marker && last);
      const target = frame.bytes;
      target[at] = indicator;
      target[at + 1] = (from === 1 ? 0x80 : 0) | (last ? 0x40 : 0) | (header & 0x1f);
      target.set(nalUnit.subarray(from, to), at + FU_HEADER_BYTES);
    }
  }
}

function writeStapA(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
  let bytes = STAP_HEADER_BYTES;
  let forbidden = 0;
  let importance = 0;
  for (let i = first; i < end; i++) {
    const nalUnit = payload[i]!;
    bytes += STAP_SIZE_BYTES + nalUnit.length;
    forbidden |= nalUnit[0]! & 0x80;
    importance = Math.max(importance, nalUnit[0]! & 0x60);
  }
  let at = frame.packet(bytes, end === payload.length);
  const target = frame.bytes;
  target[at++] = forbidden | importance | H264NalUnitType.stapA;
  for (let i = first; i < end; i++) {
    const nalUnit = payload[i]!;
    target[at++] = nalUnit.length >>> 8;
    target[at++] = nalUnit.length;
    target.set(nalUnit, at);
    at += nalUnit.length;
  }
}
