import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { NO_UNITS } from '../no-units.ts';

/** Opus over RTP: each packet is a unit, which aliases it. Source: RFC 7587 4.2. */
export class OpusDepacketizer implements Depacketizer {
  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    return packet.payload.length === 0 ? NO_UNITS : [{ timestamp: packet.timestamp, payload: [packet.payload] }];
  }

  reset(): void {
    // each packet stands alone
  }
}
