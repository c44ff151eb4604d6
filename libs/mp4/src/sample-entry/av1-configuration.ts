import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { AV1_OBU, av1ObuType, parseAv1LowOverhead, parseAv1SequenceHeader, serializeAv1LowOverhead } from '@mediamesh/codecs';

const MARKER_AND_VERSION = 0x81;
const HEADER_BYTES = 4;

/**
 * Content of `av1C`, from a sequence header OBU without its size field.
 *
 * Errors: ParseError when the sequence header is malformed.
 * Source: AV1-ISOBMFF 2.3.3.
 */
export function serializeAv1Configuration(sequenceHeader: Uint8Array): Uint8Array {
  const { profile, levelIdx, tier, colour } = parseAv1SequenceHeader(sequenceHeader);
  const writer = new ByteWriter(HEADER_BYTES + sequenceHeader.length + 2);
  writer.u8(MARKER_AND_VERSION).u8((profile << 5) | levelIdx);
  writer.u8(
    (tier << 7) |
      (colour.bitDepth > 8 ? 0x40 : 0) |
      (colour.bitDepth === 12 ? 0x20 : 0) |
      (colour.monochrome ? 0x10 : 0) |
      (colour.subsamplingX ? 0x08 : 0) |
      (colour.subsamplingY ? 0x04 : 0) |
      colour.chromaSamplePosition,
  );
  writer.u8(0); // no initial presentation delay
  return writer.bytes(serializeAv1LowOverhead([sequenceHeader])).finish();
}

/**
 * The sequence header OBU of an `av1C`, without its size field.
 *
 * Errors: ParseError when truncated, of another version, or without sequence header.
 * Source: AV1-ISOBMFF 2.3.3.
 */
export function parseAv1Configuration(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes, 'av1C');
  const version = reader.u8();
  if (version !== MARKER_AND_VERSION) throw new ParseError('av1C', 0, `has the marker and version ${version}`);
  reader.skip(HEADER_BYTES - 1);
  const sequenceHeader = parseAv1LowOverhead(reader.rest()).find((obu) => av1ObuType(obu) === AV1_OBU.sequenceHeader);
  if (!sequenceHeader) throw new ParseError('av1C', HEADER_BYTES, 'has no sequence header');
  return sequenceHeader;
}
