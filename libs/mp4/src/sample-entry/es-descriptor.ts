import { ByteReader, ByteWriter, EMPTY_BYTES, ParseError } from '@mediamesh/bytes';

/** objectTypeIndication values. Source: the MP4 registration authority's list, ISO 14496-1 table 5. */
export const OBJECT_TYPE = {
  mpeg4Video: 0x20,
  mpeg4Audio: 0x40,
  mpeg2VideoSimple: 0x60,
  mpeg2VideoMain: 0x61,
  mpeg2Video422: 0x65,
  mpeg2AudioMain: 0x66,
  mpeg2AudioLowComplexity: 0x67,
  mpeg2Audio: 0x69,
  mpeg1Video: 0x6a,
  mpeg1Audio: 0x6b,
  jpeg: 0x6c,
} as const;

const TAG = { esDescriptor: 3, decoderConfig: 4, decoderSpecificInfo: 5, slConfig: 6 } as const;
const VISUAL_STREAM = 4;
const AUDIO_STREAM = 5;
/** Bytes of a descriptor's size: 28 bits. */
const MAX_SIZE_BYTES = 4;

export interface EsDescriptor {
  readonly objectType: number;
  readonly audio: boolean;
  /** Decoder specific info; empty when there is none. */
  readonly config: Uint8Array;
}

/** Content of `esds` behind its version and flags; bit rates are written as unknown. Source: ISO 14496-1 7.2.6, ISO 14496-14 3.1. */
export function serializeEsDescriptor({ objectType, audio, config }: EsDescriptor): Uint8Array {
  const specific = config.length === 0 ? EMPTY_BYTES : descriptor(TAG.decoderSpecificInfo, config);
  const decoder = new ByteWriter(13 + specific.length).u8(objectType);
  decoder.u8(((audio ? AUDIO_STREAM : VISUAL_STREAM) << 2) | 1).u24(0);
  decoder.u32(0).u32(0).bytes(specific);
  const elementary = new ByteWriter(64).u16(0).u8(0); // ES_ID is 0 in a file
  elementary.bytes(descriptor(TAG.decoderConfig, decoder.finish()));
  elementary.bytes(descriptor(TAG.slConfig, Uint8Array.of(2)));
  return descriptor(TAG.esDescriptor, elementary.finish());
}

/** The size stands in four bytes, as most writers have it. */
function descriptor(tag: number, content: Uint8Array): Uint8Array {
  const size = content.length;
  const writer = new ByteWriter(5 + size).u8(tag);
  writer
    .u8(0x80 | (size >>> 21))
    .u8(0x80 | (size >>> 14))
    .u8(0x80 | (size >>> 7))
    .u8(size & 0x7f);
  return writer.bytes(content).finish();
}

/**
 * Shape:    content behind version and flags.
 * Errors:   ParseError when truncated, or without decoder configuration.
 * Aliasing: `config` is a view of the input.
 * Source:   ISO 14496-1 7.2.6.
 */
export function parseEsDescriptor(bytes: Uint8Array): EsDescriptor {
  const outer = new ByteReader(bytes, 'esds');
  const elementary = readDescriptor(outer, TAG.esDescriptor);
  elementary.skip(2);
  const flags = elementary.u8();
  if ((flags & 0x80) !== 0) elementary.skip(2); // dependsOn_ES_ID
  if ((flags & 0x40) !== 0) elementary.skip(elementary.u8()); // URL
  if ((flags & 0x20) !== 0) elementary.skip(2); // OCR_ES_Id
  const decoder = readDescriptor(elementary, TAG.decoderConfig);
  const objectType = decoder.u8();
  const audio = decoder.u8() >> 2 === AUDIO_STREAM;
  decoder.skip(11);
  const config = decoder.remaining === 0 ? EMPTY_BYTES : readDescriptor(decoder, TAG.decoderSpecificInfo).rest();
  return { objectType, audio, config };
}

function readDescriptor(reader: ByteReader, tag: number): ByteReader {
  const found = reader.u8();
  if (found !== tag) throw new ParseError('esds', reader.position - 1, `has the descriptor ${found} where ${tag} must be`);
  let size = 0;
  for (let i = 0; i < MAX_SIZE_BYTES; i++) {
    const byte = reader.u8();
    size = (size << 7) | (byte & 0x7f);
    if ((byte & 0x80) === 0) return new ByteReader(reader.bytes(size), 'esds');
  }
  throw new ParseError('esds', reader.position, `has a size of more than ${MAX_SIZE_BYTES} bytes`);
}
