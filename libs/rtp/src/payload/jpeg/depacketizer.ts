import { ByteReader, ParseError, copyBytes } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { FragmentBuffer } from '../fragment-buffer.ts';
import { LossGate } from '../loss-gate.ts';
import { NO_UNITS } from '../no-units.ts';
import { END_OF_IMAGE, serializeJpegImageHeader } from './image-header.ts';
import { quantizationTablesOf } from './quantization-tables.ts';
import type { QuantizationTable } from './quantization-tables.ts';
import { FIRST_QUALITY_WITH_TABLES, QUALITY_OF_CHANGING_TABLES, parseJpegRtpHeader, parseJpegRtpTables } from './rtp-header.ts';
import type { JpegRtpHeader } from './rtp-header.ts';

const STRUCTURE = 'JPEG RTP payload';
const NONE = -1;

/**
 * JPEG over RTP into complete JPEG images.
 *
 * Shape:    an image ends at the marker; one whose marker never comes is dropped, since its end can't be told.
 * Errors:   ParseError when a header is malformed, a fragment does not follow the one before, tables are missing, or a limit is passed.
 * Aliasing: images are copies.
 * Source:   RFC 2435 3, appendix A and B.
 */
export class JpegDepacketizer implements Depacketizer {
  private readonly gate = new LossGate();
  private readonly fragments = new FragmentBuffer(STRUCTURE);
  private timestamp = NONE;
  /** Bytes of the image's header, which `fragments` begin with. */
  private headerBytes = 0;
  /** By quality: tables that were sent once, and are left out while they do not change. */
  private readonly tables: (readonly QuantizationTable[] | undefined)[] = [];

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    try {
      return this.read(packet);
    } catch (error) {
      this.clear();
      this.gate.skip(packet);
      throw error;
    }
  }

  reset(): void {
    this.gate.close(this.timestamp);
    this.clear();
  }

  private read(packet: RtpPacket): readonly DepacketizedUnit[] {
    const reader = new ByteReader(packet.payload, STRUCTURE);
    const header = parseJpegRtpHeader(reader);
    if (this.timestamp !== packet.timestamp) this.clear();
    if (this.timestamp < 0 && !this.gate.admit(packet, header.fragmentOffset === 0 ? 0 : -1)) return NO_UNITS;
    const { fragments } = this;
    if (header.fragmentOffset === 0) {
      fragments.clear();
      this.timestamp = packet.timestamp;
      const imageHeader = serializeJpegImageHeader(header, this.tablesFor(header, reader));
      this.headerBytes = imageHeader.length;
      fragments.add(imageHeader);
    } else if (header.fragmentOffset !== fragments.sizeBytes - this.headerBytes)
      throw new ParseError(STRUCTURE, 1, 'a fragment does not follow the one before');
    fragments.add(reader.rest());
    if (!packet.marker) return NO_UNITS;
    if (!endsImage(packet.payload)) fragments.add(END_OF_IMAGE);
    this.timestamp = NONE;
    return [{ timestamp: packet.timestamp, payload: [fragments.take()] }];
  }

  private tablesFor(header: JpegRtpHeader, reader: ByteReader): readonly QuantizationTable[] {
    const { quality } = header;
    if (quality < FIRST_QUALITY_WITH_TABLES) return (this.tables[quality] ??= quantizationTablesOf(quality));
    const sent = parseJpegRtpTables(reader);
    if (sent.length > 0) {
      if (quality < QUALITY_OF_CHANGING_TABLES) this.tables[quality] = sent.map(copyBytes);
      return sent;
    }
    const known = this.tables[quality];
    if (known === undefined) throw new ParseError(STRUCTURE, 8, `the quantization tables of quality ${quality} were never sent`);
    return known;
  }

  private clear(): void {
    this.timestamp = NONE;
    this.fragments.clear();
  }
}

function endsImage(payload: Uint8Array): boolean {
  return payload[payload.length - 2] === 0xff && payload[payload.length - 1] === 0xd9;
}
