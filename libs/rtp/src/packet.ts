import { ParseError } from '@mediamesh/bytes';

const VERSION = 2;
export const RTP_HEADER_BYTES = 12;

/**
 * An RTP packet's header fields and payload.
 *
 * Units:  sequence numbers modulo 2^16, timestamps modulo 2^32 in the codec's clock.
 * Source: RFC 3550 5.1.
 */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

/**
 * Errors:   ParseError on another version, or when CSRCs, extension or padding exceed the packet.
 * Aliasing: the payload is a view of the input. CSRCs, extension and padding are dropped.
 */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket {
  if (bytes.length < RTP_HEADER_BYTES) throw new ParseError('RtpPacket', 0, `is ${bytes.length} bytes, less than its header`);
  const first = bytes[0]!;
  if (first >> 6 !== VERSION) throw new ParseError('RtpPacket', 0, `has version ${first >> 6}`);
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + 4 > bytes.length) throw new ParseError('RtpPacket', start, 'its extension header is truncated');
    start += 4 + ((bytes[start + 2]! << 8) | bytes[start + 3]!) * 4;
  }
  let end = bytes.length;
  if ((first & 0x20) !== 0) {
    const padding = bytes[end - 1]!;
    if (padding === 0) throw new ParseError('RtpPacket', end - 1, 'announces padding of 0 bytes');
    end -= padding;
  }
  if (start > end) throw new ParseError('RtpPacket', start, 'its CSRCs, extension and padding exceed it');
  return {
    marker: (bytes[1]! & 0x80) !== 0,
    payloadType: bytes[1]! & 0x7f,
    sequenceNumber: (bytes[2]! << 8) | bytes[3]!,
    timestamp: ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0,
    ssrc: ((bytes[8]! << 24) | (bytes[9]! << 16) | (bytes[10]! << 8) | bytes[11]!) >>> 0,
    payload: bytes.subarray(start, end),
  };
}

export function serializeRtpPacket(packet: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + packet.payload.length);
  writeRtpHeaderInto(packet, bytes, 0);
  bytes.set(packet.payload, RTP_HEADER_BYTES);
  return bytes;
}

/** The fixed header, without CSRCs or extension, at `offset`. */
export function writeRtpHeaderInto(header: Omit<RtpPacket, 'payload'>, target: Uint8Array, offset: number): void {
  target[offset] = VERSION << 6;
  target[offset + 1] = (header.marker ? 0x80 : 0) | header.payloadType;
  target[offset + 2] = header.sequenceNumber >>> 8;
  target[offset + 3] = header.sequenceNumber;
  target[offset + 4] = header.timestamp >>> 24;
  target[offset + 5] = header.timestamp >>> 16;
  target[offset + 6] = header.timestamp >>> 8;
  target[offset + 7] = header.timestamp;
  target[offset + 8] = header.ssrc >>> 24;
  target[offset + 9] = header.ssrc >>> 16;
  target[offset + 10] = header.ssrc >>> 8;
  target[offset + 11] = header.ssrc;
}
