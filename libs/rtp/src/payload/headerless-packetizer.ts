import type { Packetizer } from '../packetizer.ts';
import type { RtpFrame } from '../rtp-frame.ts';

/**
 * Codecs whose RTP payload is the media itself: each entry is cut where packets are full, and the marker is on its last packet.
 *
 * Source: RFC 6416 5.1 (MPEG-4 Visual), 6.1 (LATM), RFC 6597 4.2 (KLV).
 */
export class HeaderlessPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    for (const entry of payload) {
      for (let from = 0; from < entry.length; from += this.maxPayloadBytes) {
        const to = Math.min(from + this.maxPayloadBytes, entry.length);
        const at = frame.packet(to - from, to === entry.length);
        frame.bytes.set(entry.subarray(from, to), at);
      }
    }
  }
}
