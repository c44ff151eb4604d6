import type { RtpPacket } from '../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../packetizer.ts';
import { SingleEntryBuffer } from './single-entry-buffer.ts';

/**
 * Codecs whose RTP payload is the media itself, joined up to the marker or a change of timestamp.
 *
 * Errors:   ParseError past the limits of a unit.
 * Aliasing: a unit of one packet aliases it; joined ones are copies.
 */
export abstract class HeaderlessDepacketizer implements Depacketizer {
  private readonly buffer: SingleEntryBuffer;

  constructor(structure: string) {
    this.buffer = new SingleEntryBuffer(structure);
  }

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    try {
      if (this.buffer.begin(packet, this.startKindOf(packet))) this.buffer.add(packet.payload);
      return this.buffer.end(packet);
    } catch (error) {
      this.buffer.fail(packet);
      throw error;
    }
  }

  reset(): void {
    this.buffer.reset();
  }

  /** As in LossGate. */
  protected abstract startKindOf(packet: RtpPacket): number;
}
