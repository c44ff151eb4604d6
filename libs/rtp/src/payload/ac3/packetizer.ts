import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { AC3_PAYLOAD_HEADER_BYTES, Ac3FrameType, MAX_AC3_COUNT } from './payload-header.ts';

/**
 * AC-3 frames into RTP.
 *
 * Shape:  neighbouring frames that fit one packet share it; a larger one becomes fragments of equal size except the last.
 * Units:  each packet carries the timestamp of its first frame; `frameTicks` is the duration of a frame.
 * Source: RFC 4184 4; the marker is on packets that end a frame.
 */
export class Ac3Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;
  private readonly frameTicks: number;

  constructor(maxPayloadBytes: number, frameTicks: number) {
    this.maxPayloadBytes = maxPayloadBytes;
    this.frameTicks = frameTicks;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    let first = 0;
    let bytes = AC3_PAYLOAD_HEADER_BYTES;
    for (let i = 0; i < payload.length; i++) {
      const full = bytes + payload[i]!.length > this.maxPayloadBytes || i - first === MAX_AC3_COUNT;
      if (i > first && full) {
        frame.packetTimestamp = timestamp + first * this.frameTicks;
        this.write(payload, first, i, frame);
        first = i;
        bytes = AC3_PAYLOAD_HEADER_BYTES;
      }
      bytes += payload[i]!.length;
    }
    if (first === payload.length) return;
    frame.packetTimestamp = timestamp + first * this.frameTicks;
    this.write(payload, first, payload.length, frame);
  }

  private write(payload: readonly Uint8Array[], first: number, end: number, frame: RtpFrame): void {
    let bytes = AC3_PAYLOAD_HEADER_BYTES;
    for (let i = first; i < end; i++) bytes += payload[i]!.length;
    if (bytes > this.maxPayloadBytes) {
      this.writeFragments(payload[first]!, frame);
      return;
    }
    let at = frame.packet(bytes, true);
    const target = frame.bytes;
    target[at] = Ac3FrameType.complete;
    target[at + 1] = end - first;
    at += AC3_PAYLOAD_HEADER_BYTES;
    for (let i = first; i < end; i++) {
      target.set(payload[i]!, at);
      at += payload[i]!.length;
    }
  }

  private writeFragments(audio: Uint8Array, frame: RtpFrame): void {
    const room = this.maxPayloadBytes - AC3_PAYLOAD_HEADER_BYTES;
    const count = Math.ceil(audio.length / room);
    const initial = room * 8 >= audio.length * 5 ? Ac3FrameType.initialLong : Ac3FrameType.initialShort;
    for (let from = 0; from < audio.length; from += room) {
      const to = Math.min(from + room, audio.length);
      const at = frame.packet(AC3_PAYLOAD_HEADER_BYTES + to - from, to === audio.length);
      frame.bytes[at] = from === 0 ? initial : Ac3FrameType.further;
      frame.bytes[at + 1] = count;
      frame.bytes.set(audio.subarray(from, to), at + AC3_PAYLOAD_HEADER_BYTES);
    }
  }
}
