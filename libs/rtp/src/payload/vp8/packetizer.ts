import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';

const DESCRIPTOR_BYTES = 1;
const START_OF_PARTITION = 0x10;

/** VP8 frames into RTP, with the one-byte payload descriptor; the marker is on the last packet. Source: RFC 7741 4. */
export class Vp8Packetizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    const room = this.maxPayloadBytes - DESCRIPTOR_BYTES;
    for (const picture of payload) {
      for (let from = 0; from < picture.length; from += room) {
        const to = Math.min(from + room, picture.length);
        const at = frame.packet(DESCRIPTOR_BYTES + to - from, to === picture.length);
        frame.bytes[at] = from === 0 ? START_OF_PARTITION : 0;
        frame.bytes.set(picture.subarray(from, to), at + DESCRIPTOR_BYTES);
      }
    }
  }
}
