import { PayloadTooLargeError } from '../../packetizer.ts';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { opusPacketTicks } from './packet-ticks.ts';

/**
 * Opus packets, of any number of channels, into RTP: one each, with its own timestamp.
 *
 * Errors: PayloadTooLargeError, since Opus has no fragments.
 * Source: RFC 7587 4. The marker is for the first packet after a silence, which nobody tells, so it is never set.
 */
export class OpusPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    let ticks = 0;
    for (const packet of payload) {
      if (packet.length > this.maxPayloadBytes) throw new PayloadTooLargeError(packet.length, this.maxPayloadBytes);
      frame.packetTimestamp = timestamp + ticks;
      const at = frame.packet(packet.length, false);
      frame.bytes.set(packet, at);
      ticks += opusPacketTicks(packet);
    }
  }
}
