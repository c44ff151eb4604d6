import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { parseAv1LowOverhead, serializeAv1LowOverhead } from '../av1/low-overhead.ts';
import { AV1_OBU, av1ObuType } from '../av1/obu.ts';
import { parseAv1SequenceHeader } from '../av1/sequence-header.ts';

const MARKER_AND_VERSION = 0x81;
const HEADER_BYTES = 4;

/**
 * An AV1CodecConfigurationRecord, from a sequence header OBU without its size field.
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
 * The sequence header OBU of the record, without its size field; undefined when it has none, which is allowed.
 *
 * Errors: ParseError when truncated or of another version.
 * Source: AV1-ISOBMFF 2.3.3.
 */
export function parseAv1Configuration(bytes: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(bytes, 'AV1 configuration');
  const version = reader.u8();
  if (version !== MARKER_AND_VERSION) throw new ParseError(reader.structure, 0, `has the marker and version ${version}`);
  reader.skip(HEADER_BYTES - 1);
  return parseAv1LowOverhead(reader.rest()).find((obu) => av1ObuType(obu) === AV1_OBU.sequenceHeader);
}
