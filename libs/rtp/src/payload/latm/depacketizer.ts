import type { RtpPacket } from '../../packet.ts';
import { HeaderlessDepacketizer } from '../headerless-depacketizer.ts';

/**
 * LATM over RTP into audioMuxElements.
 *
 * Shape:  nothing marks where an element starts. After a loss, a stream that never had fragments is read on at once;
 *         one that had is read on behind the next marker or change of timestamp.
 * Source: RFC 6416 6.
 */
export class LatmDepacketizer extends HeaderlessDepacketizer {
  private fragmented = false;

  constructor() {
    super('LATM RTP payload');
  }

  protected override startKindOf(packet: RtpPacket): number {
    if (!packet.marker) this.fragmented = true;
    return this.fragmented ? -1 : 0;
  }
}
