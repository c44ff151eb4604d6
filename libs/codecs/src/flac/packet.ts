import { ByteWriter, ParseError } from '@mediamesh/bytes';

/*
 * There is no RTP payload format that cuts FLAC: a unit is an RTP packet with one frame, as generic codecs have it.
 */

const RTP_HEADER_BYTES = 12;
const RTP_VERSION = 0x80;
const RTP_MARKER = 0x80;
const HAS_PADDING = 0x20;
const HAS_EXTENSION = 0x10;

/** Frames into packets, numbered. */
export class FlacPacketizer {
  private readonly payloadType: number;
  private packets = 0;

  constructor(payloadType: number) {
    this.payloadType = payloadType;
  }

  packet(frame: Uint8Array, ptsTicks: number): Uint8Array {
    const writer = new ByteWriter(RTP_HEADER_BYTES + frame.length).u8(RTP_VERSION).u8(RTP_MARKER | this.payloadType);
    writer
      .u16(this.packets++ & 0xffff)
      .u32(ptsTicks >>> 0)
      .u32(0);
    return writer.bytes(frame).finish();
  }
}

/**
 * The frame in a packet.
 *
 * Errors:   ParseError when there is none.
 * Aliasing: a view of the packet.
 * Source:   RFC 3550 5.1.
 */
export function flacFrameOf(packet: Uint8Array): Uint8Array {
  const first = packet[0] ?? 0;
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & HAS_EXTENSION) !== 0) start += 4 + 4 * (((packet[start + 2] ?? 0) << 8) | (packet[start + 3] ?? 0));
  const end = packet.length - ((first & HAS_PADDING) === 0 ? 0 : packet.at(-1)!);
  if (start >= end) throw new ParseError('RTP packet of FLAC', 0, `has ${packet.length} bytes, and no frame`);
  return packet.subarray(start, end);
}

/**
 * Samples of a channel in a frame; undefined when its header cannot be read.
 * Source:   RFC 9639 9.1.
 */
export function flacBlockSize(frame: Uint8Array): number | undefined {
  if (frame[0] !== 0xff || (frame[1]! & 0xfe) !== 0xf8) return undefined;
  const code = (frame[2] ?? 0) >>> 4;
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  if (code === 0) return undefined;
  // Behind the number of the frame, which has as many bytes as its first one has leading ones, as UTF-8.
  const at = 4 + Math.max(1, Math.clz32(~((frame[4] ?? 0) << 24)));
  const high = frame[at];
  const low = frame[at + 1];
  if (high === undefined || (code === 7 && low === undefined)) return undefined;
  return code === 6 ? high + 1 : ((high << 8) | low!) + 1;
}
