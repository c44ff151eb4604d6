import { BitReader, ParseError } from '@mediamesh/bytes';

/** Bytes of a STREAMINFO metadata block without its header. */
export const FLAC_STREAM_INFO_BYTES = 34;

export interface FlacStreamInfo {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly bitDepth: number;
  /** The block, as it is. */
  readonly bytes: Uint8Array;
}

/**
 * Errors:   ParseError when it is not 34 bytes, or without sample rate.
 * Aliasing: keeps the input.
 * Source:   RFC 9639 8.2.
 */
export function parseFlacStreamInfo(bytes: Uint8Array): FlacStreamInfo {
  if (bytes.length !== FLAC_STREAM_INFO_BYTES) throw new ParseError('STREAMINFO', 0, `is ${bytes.length} bytes`);
  const reader = new BitReader(bytes, 'STREAMINFO');
  reader.skip(80); // sizes of blocks and frames
  const sampleRateHz = reader.bits(20);
  if (sampleRateHz === 0) throw new ParseError('STREAMINFO', 10, 'has no sample rate');
  return { sampleRateHz, channelCount: reader.bits(3) + 1, bitDepth: reader.bits(5) + 1, bytes };
}
