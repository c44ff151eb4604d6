import type { RtpPacket } from '../../packet.ts';
import { HeaderlessDepacketizer } from '../headerless-depacketizer.ts';

const LAST_VIDEO_OBJECT_LAYER = 0x2f;
const STARTS: readonly number[] = [0xb0, 0xb3, 0xb5, 0xb6]; // visual object sequence, group of VOPs, visual object, VOP

/** MPEG-4 Visual over RTP into frames. Source: RFC 6416 5. */
export class Mpeg4VideoDepacketizer extends HeaderlessDepacketizer {
  constructor() {
    super('MPEG-4 Visual RTP payload');
  }

  protected override startKindOf(packet: RtpPacket): number {
    const { payload } = packet;
    if (payload[0] !== 0 || payload[1] !== 0 || payload[2] !== 1 || payload.length < 4) return -1;
    const code = payload[3]!;
    return code <= LAST_VIDEO_OBJECT_LAYER || STARTS.includes(code) ? code : -1;
  }
}
