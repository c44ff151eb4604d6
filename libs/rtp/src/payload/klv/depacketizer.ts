import type { RtpPacket } from '../../packet.ts';
import { HeaderlessDepacketizer } from '../headerless-depacketizer.ts';

/** SMPTE KLV over RTP into KLV units. Source: RFC 6597 4. */
export class KlvDepacketizer extends HeaderlessDepacketizer {
  constructor() {
    super('KLV RTP payload');
  }

  /** Universal keys begin with 06 0E 2B 34 (SMPTE 336M). */
  protected override startKindOf(packet: RtpPacket): number {
    const { payload } = packet;
    return payload[0] === 0x06 && payload[1] === 0x0e && payload[2] === 0x2b && payload[3] === 0x34 ? 0 : -1;
  }
}
