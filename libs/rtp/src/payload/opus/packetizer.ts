import { parseOpusToc } from '@mediamesh/codecs';
import { PayloadTooLargeError } from '../../packetizer.ts';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';

/**
 * Opus packets, of any number of channels, into RTP: one each, with its own timestamp.
 *
 * Errors: PayloadTooLargeError, since Opus has no fragments; ParseError when the duration of a packet before another can't be told.
 * Source: RFC 7587 4. The marker is for the first packet after a silence, which nobody tells, so it is never set.
 */
export class OpusPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    let ticks = 0;
    for (let i = 0; i < payload.length; i++) {
      const packet = payload[i]!;
      if (packet.length > this.maxPayloadBytes) throw new PayloadTooLargeError(packet.length, this.maxPayloadBytes);
      frame.packetTimestamp = timestamp + ticks;
      const at = frame.packet(packet.length, false);
      frame.bytes.set(packet, at);
      if (i + 1 < payload.length) ticks += parseOpusToc(packet).durationTicks;
    }
  }
}
