import { ByteReader, ParseError } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { NO_UNITS } from '../no-units.ts';
import { SingleEntryBuffer } from '../single-entry-buffer.ts';

const STRUCTURE = 'VP9 RTP payload';
const MAX_REFERENCES = 3;

/**
 * VP9 over RTP into frames, from flexible and non-flexible senders; the spatial layers of a picture are one unit.
 *
 * Errors:   ParseError when the payload descriptor is truncated or malformed, or past the limits of a unit.
 * Aliasing: a frame of one packet aliases it; joined ones are copies.
 * Source:   RFC 9628 4.2.
 */
export class Vp9Depacketizer implements Depacketizer {
  private readonly buffer = new SingleEntryBuffer(STRUCTURE);
  private startKind = -1;

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    if (packet.payload.length === 0) return NO_UNITS;
    try {
      const data = this.readDescriptor(packet.payload);
      if (this.buffer.begin(packet, this.startKind)) this.buffer.add(data);
      return this.buffer.end(packet);
    } catch (error) {
      this.buffer.fail(packet);
      throw error;
    }
  }

  reset(): void {
    this.buffer.reset();
  }

  /** What is behind the descriptor; `startKind` tells key from inter pictures, or that the packet is not a picture's first. */
  private readDescriptor(payload: Uint8Array): Uint8Array {
    const reader = new ByteReader(payload, STRUCTURE);
    const first = reader.u8();
    const interPicture = (first & 0x40) !== 0;
    const flexible = (first & 0x10) !== 0;
    let spatialLayer = 0;
    if ((first & 0x80) !== 0 && (reader.u8() & 0x80) !== 0) reader.skip(1); // picture id of 7 or 15 bits
    if ((first & 0x20) !== 0) {
      spatialLayer = (reader.u8() >> 1) & 7;
      if (!flexible) reader.skip(1); // TL0PICIDX
    }
    if (flexible && interPicture) skipReferences(reader);
    if ((first & 0x02) !== 0) skipScalability(reader);
    const starts = (first & 0x08) !== 0 && spatialLayer === 0;
    this.startKind = starts ? Number(interPicture) : -1;
    return reader.rest();
  }
}

function skipReferences(reader: ByteReader): void {
  for (let count = 1; (reader.u8() & 1) !== 0; count++) {
    if (count === MAX_REFERENCES) throw new ParseError(STRUCTURE, reader.position, `has more than ${MAX_REFERENCES} references`);
  }
}

function skipScalability(reader: ByteReader): void {
  const header = reader.u8();
  const layers = (header >> 5) + 1;
  if ((header & 0x10) !== 0) reader.skip(layers * 4);
  if ((header & 0x08) === 0) return;
  const pictures = reader.u8();
  for (let i = 0; i < pictures; i++) reader.skip((reader.u8() >> 2) & 3);
}
