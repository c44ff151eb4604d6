import { ByteReader } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { NO_UNITS } from '../no-units.ts';
import { SingleEntryBuffer } from '../single-entry-buffer.ts';

const STRUCTURE = 'VP8 RTP payload';

/**
 * VP8 over RTP into frames.
 *
 * Errors:   ParseError when the payload descriptor is truncated, or past the limits of a unit.
 * Aliasing: a frame of one packet aliases it; joined ones are copies.
 * Source:   RFC 7741 4.2.
 */
export class Vp8Depacketizer implements Depacketizer {
  private readonly buffer = new SingleEntryBuffer(STRUCTURE);

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    if (packet.payload.length === 0) return NO_UNITS;
    try {
      const first = packet.payload[0]!;
      const startsFrame = (first & 0x17) === 0x10; // S set, partition 0
      if (this.buffer.begin(packet, startsFrame ? 0 : -1)) this.buffer.add(withoutDescriptor(packet.payload));
      return this.buffer.end(packet);
    } catch (error) {
      this.buffer.fail(packet);
      throw error;
    }
  }

  reset(): void {
    this.buffer.reset();
  }
}

function withoutDescriptor(payload: Uint8Array): Uint8Array {
  const reader = new ByteReader(payload, STRUCTURE);
  if ((reader.u8() & 0x80) === 0) return reader.rest();
  const present = reader.u8();
  if ((present & 0x80) !== 0 && (reader.u8() & 0x80) !== 0) reader.skip(1); // PictureID of 7 or 15 bits
  if ((present & 0x40) !== 0) reader.skip(1); // TL0PICIDX
  if ((present & 0x30) !== 0) reader.skip(1); // TID, Y, KEYIDX
  return reader.rest();
}
