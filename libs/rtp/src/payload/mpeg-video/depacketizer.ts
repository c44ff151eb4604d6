import { ParseError } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { NO_UNITS } from '../no-units.ts';
import { SingleEntryBuffer } from '../single-entry-buffer.ts';

const STRUCTURE = 'MPEG-1/2 video RTP payload';
const HEADER_BYTES = 4;
const MPEG2_HEADER_BYTES = 4;
const STARTS: readonly number[] = [0x00, 0xb3, 0xb8]; // picture, sequence header, group of pictures

/**
 * MPEG-1 and MPEG-2 video over RTP into frames.
 *
 * Errors:   ParseError when the header is truncated or has extensions, or past the limits of a unit.
 * Aliasing: a frame of one packet aliases it; joined ones are copies.
 * Source:   RFC 2250 3.4.
 */
export class MpegVideoDepacketizer implements Depacketizer {
  private readonly buffer = new SingleEntryBuffer(STRUCTURE);

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    if (packet.payload.length === 0) return NO_UNITS;
    try {
      const data = withoutHeader(packet.payload);
      if (this.buffer.begin(packet, startKindOf(data))) this.buffer.add(data);
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

function withoutHeader(payload: Uint8Array): Uint8Array {
  const hasMpeg2Header = (payload[0]! & 0x04) !== 0;
  const headerBytes = HEADER_BYTES + (hasMpeg2Header ? MPEG2_HEADER_BYTES : 0);
  if (payload.length < headerBytes) throw new ParseError(STRUCTURE, 0, 'its header is truncated');
  if (hasMpeg2Header && ((payload[4]! & 0x40) !== 0 || (payload[7]! & 0x01) !== 0))
    throw new ParseError(STRUCTURE, HEADER_BYTES, 'its MPEG-2 header has extensions');
  return payload.subarray(headerBytes);
}

function startKindOf(data: Uint8Array): number {
  if (data[0] !== 0 || data[1] !== 0 || data[2] !== 1 || data.length < 4) return -1;
  return STARTS.includes(data[3]!) ? data[3]! : -1;
}
