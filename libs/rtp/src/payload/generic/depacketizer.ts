import { serializeRtpPacket } from '../../packet.ts';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';

/** Each RTP packet is a unit: the packet again, without CSRCs, extension and padding. */
export class GenericDepacketizer implements Depacketizer {
  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    return [{ timestamp: packet.timestamp, payload: [serializeRtpPacket(packet)] }];
  }

  reset(): void {
    // each packet stands alone
  }
}
