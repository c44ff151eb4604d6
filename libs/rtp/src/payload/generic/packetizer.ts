import { parseRtpPacket } from '../../packet.ts';
import { PayloadTooLargeError } from '../../packetizer.ts';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';

/**
 * Whole RTP packets of a codec that is not parsed, sent on under the numbering of this sender; their markers are kept.
 *
 * Errors: PayloadTooLargeError when a packet's payload exceeds `maxPayloadBytes`; ParseError when an entry is no RTP packet.
 */
export class GenericPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    for (const entry of payload) {
      const packet = parseRtpPacket(entry);
      if (packet.payload.length > this.maxPayloadBytes) throw new PayloadTooLargeError(packet.payload.length, this.maxPayloadBytes);
      const at = frame.packet(packet.payload.length, packet.marker);
      frame.bytes.set(packet.payload, at);
    }
  }
}
