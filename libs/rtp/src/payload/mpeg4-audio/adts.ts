import { ParseError } from '@mediamesh/bytes';

const HEADER_BYTES = 7;
const CRC_BYTES = 2;

/** Whether `bytes` begin with an ADTS header; a raw AAC frame can't: its first element would be END. */
export function startsWithAdts(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0;
}

/**
 * The AAC frames of an ADTS stream, appended to `frames`.
 *
 * Errors:   ParseError when a header is malformed or exceeds `bytes`.
 * Aliasing: the frames are views.
 * Source:   ISO 14496-3 1.A.3.2.
 */
export function unwrapAdts(bytes: Uint8Array, frames: Uint8Array[]): void {
  for (let at = 0; at < bytes.length;) {
    const header = bytes.subarray(at);
    if (!startsWithAdts(header)) throw new ParseError('ADTS', at, 'has no syncword');
    const headerBytes = HEADER_BYTES + ((header[1]! & 1) === 0 ? CRC_BYTES : 0);
    const frameBytes = ((header[3]! & 0x03) << 11) | (header[4]! << 3) | (header[5]! >> 5);
    if (frameBytes <= headerBytes || frameBytes > header.length) throw new ParseError('ADTS', at, `has a frame of ${frameBytes} bytes`);
    frames.push(header.subarray(headerBytes, frameBytes));
    at += frameBytes;
  }
}
