import { ParseError } from '@mediamesh/bytes';
import { sectionCrc } from './crc.ts';

/** Of PAT and PMT: section_length is at most 1021. */
export const MAX_SECTION_BYTES = 1024;
const HEADER_BYTES = 3;

/**
 * The sections of one PID, from the payloads of its packets.
 *
 * Shape:    `push` a payload and whether a section begins in it; returns sections that are complete, headers and CRC included.
 * Errors:   ParseError when a section is larger than MAX_SECTION_BYTES, a pointer leads out of its packet, or a CRC is wrong; what was
 *           collected is forgotten then.
 * Aliasing: sections are copies.
 * Source:   ISO 13818-1 2.4.4.
 */
export class SectionReader {
  private readonly buffer = new Uint8Array(MAX_SECTION_BYTES);
  private used = 0;
  private collecting = false;

  push(payload: Uint8Array, unitStart: boolean): readonly Uint8Array[] {
    if (!unitStart) return this.collecting ? this.append(payload) : [];
    const pointer = payload[0];
    if (pointer === undefined) return [];
    if (1 + pointer > payload.length) return this.fail(`its pointer ${pointer} leads out of the packet`);
    const before = this.collecting ? this.append(payload.subarray(1, 1 + pointer)) : [];
    this.used = 0;
    this.collecting = true;
    return [...before, ...this.append(payload.subarray(1 + pointer))];
  }

  reset(): void {
    this.used = 0;
    this.collecting = false;
  }

  private append(bytes: Uint8Array): Uint8Array[] {
    const sections: Uint8Array[] = [];
    let at = 0;
    while (this.collecting && at < bytes.length) {
      if (this.used === 0 && bytes[at] === 0xff) {
        this.collecting = false; // stuffing up to the end of the packet
        break;
      }
      const wanted = this.used < HEADER_BYTES ? HEADER_BYTES : this.sizeBytes;
      const taken = Math.min(wanted - this.used, bytes.length - at);
      this.buffer.set(bytes.subarray(at, at + taken), this.used);
      this.used += taken;
      at += taken;
      if (this.used < HEADER_BYTES || this.used < this.sizeBytes) continue;
      if (sectionCrc(this.buffer, 0, this.used) !== 0) return this.fail('its CRC is wrong');
      sections.push(new Uint8Array(this.buffer.subarray(0, this.used)));
      this.used = 0;
    }
    return sections;
  }

  /** Errors: ParseError. */
  private get sizeBytes(): number {
    const size = HEADER_BYTES + (((this.buffer[1]! & 0x0f) << 8) | this.buffer[2]!);
    return size > MAX_SECTION_BYTES ? this.fail(`is ${size} bytes`) : size;
  }

  private fail(problem: string): never {
    this.reset();
    throw new ParseError('MPEG-TS section', 0, problem);
  }
}
