import { PayloadTooLargeError } from '../../packetizer.ts';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import { parseRtpJpegImage } from './rtp-image.ts';
import type { RtpJpegImage } from './rtp-image.ts';
import { TABLE_VALUES } from './quantization-tables.ts';
import { JPEG_HEADER_BYTES, QUALITY_OF_CHANGING_TABLES, RESTART_HEADER_BYTES, RESTART_TYPE, TABLES_HEADER_BYTES } from './rtp-header.ts';

/**
 * JPEG images into RTP, with their quantization tables in the first packet.
 *
 * Shape:  packets are as full as `maxPayloadBytes` allows.
 * Errors: ParseError when RTP can't carry the image; PayloadTooLargeError when the tables leave no room.
 * Source: RFC 2435 3; the marker is on the last packet of an image.
 */
export class JpegPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    frame.packetTimestamp = timestamp;
    for (const bytes of payload) this.writeImage(parseRtpJpegImage(bytes), frame);
  }

  private writeImage(image: RtpJpegImage, frame: RtpFrame): void {
    const { scan } = image;
    const headerBytes = JPEG_HEADER_BYTES + (image.restartInterval > 0 ? RESTART_HEADER_BYTES : 0);
    for (let from = 0; from < scan.length;) {
      const before = headerBytes + (from === 0 ? tablesBytes(image) : 0);
      if (before >= this.maxPayloadBytes) throw new PayloadTooLargeError(before + 1, this.maxPayloadBytes);
      const to = Math.min(from + this.maxPayloadBytes - before, scan.length);
      const at = frame.packet(before + to - from, to === scan.length);
      const target = frame.bytes;
      writeHeader(image, from, target, at);
      if (from === 0) writeTables(image, target, at + headerBytes);
      target.set(scan.subarray(from, to), at + before);
      from = to;
    }
  }
}

function tablesBytes(image: RtpJpegImage): number {
  let bytes = TABLES_HEADER_BYTES;
  for (const table of image.tables) bytes += table.length;
  return bytes;
}

function writeHeader(image: RtpJpegImage, fragmentOffset: number, target: Uint8Array, at: number): void {
  target[at + 1] = fragmentOffset >>> 16;
  target[at + 2] = fragmentOffset >>> 8;
  target[at + 3] = fragmentOffset;
  target[at + 4] = image.type | (image.restartInterval > 0 ? RESTART_TYPE : 0);
  target[at + 5] = QUALITY_OF_CHANGING_TABLES;
  target[at + 6] = (image.width + 7) >> 3;
  target[at + 7] = (image.height + 7) >> 3;
  if (image.restartInterval === 0) return;
  target[at + 8] = image.restartInterval >>> 8;
  target[at + 9] = image.restartInterval;
  target[at + 10] = 0xff; // first and last packet of an interval, count unknown: packets are cut anywhere
  target[at + 11] = 0xff;
}

function writeTables(image: RtpJpegImage, target: Uint8Array, at: number): void {
  const length = tablesBytes(image) - TABLES_HEADER_BYTES;
  let precision = 0;
  let to = at + TABLES_HEADER_BYTES;
  image.tables.forEach((table, i) => {
    if (table.length > TABLE_VALUES) precision |= 1 << i;
    target.set(table, to);
    to += table.length;
  });
  target[at + 1] = precision;
  target[at + 2] = length >>> 8;
  target[at + 3] = length;
}
