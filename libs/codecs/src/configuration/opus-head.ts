import { ByteReader, ByteWriter, ParseError, bytesFromLatin1, latin1FromBytes } from '@mediamesh/bytes';
import type { OpusParameters } from '../description.ts';
import { OPUS_CLOCK_RATE_HZ } from '../opus/packet.ts';

const MAGIC = 'OpusHead';
/** The upper four bits are the major version. */
const VERSION = 1;
/** Channels that mapping family 1 defines. */
const MAX_CHANNELS = 8;
/** 80 ms, which RFC 7845 4.2 recommends; live streams do not tell another number. */
const PRE_SKIP = 3_840;

/** Streams, coupled streams and mapping of 3 to 8 channels in Vorbis order. Source: RFC 7845 5.1.1.2. */
const MAPPINGS: readonly (readonly [streamCount: number, coupledCount: number, mapping: readonly number[]])[] = [
  [2, 1, [0, 2, 1]],
  [2, 2, [0, 1, 2, 3]],
  [3, 2, [0, 4, 1, 2, 3]],
  [4, 2, [0, 4, 1, 2, 3, 5]],
  [4, 3, [0, 4, 1, 2, 3, 5, 6]],
  [5, 3, [0, 6, 1, 2, 3, 4, 5, 7]],
];

/** How so many channels are spread over streams when nobody says it; undefined for 1, 2 and more than 8. */
export function opusMultistreamOf(channelCount: number): OpusParameters['multistream'] {
  const found = MAPPINGS[channelCount - 3];
  return found && { streamCount: found[0], coupledCount: found[1], mapping: found[2] };
}

/** The identification header of Opus in Ogg, which FLV uses too. Source: RFC 7845 5.1. */
export function serializeOpusHead({ channelCount, multistream }: OpusParameters): Uint8Array {
  const writer = new ByteWriter(32).bytes(bytesFromLatin1(MAGIC)).u8(VERSION).u8(channelCount);
  writeLe16(writer, PRE_SKIP);
  writeLe16(writer, OPUS_CLOCK_RATE_HZ & 0xffff);
  writeLe16(writer, OPUS_CLOCK_RATE_HZ >>> 16);
  writeLe16(writer, 0); // gain
  const mapped = multistream ?? opusMultistreamOf(channelCount);
  if (mapped === undefined) return writer.u8(0).finish();
  return writer.u8(1).u8(mapped.streamCount).u8(mapped.coupledCount).bytes(Uint8Array.from(mapped.mapping)).finish();
}

/**
 * Errors: ParseError when truncated, without its magic, of another version, without channels or with more than 8.
 * Source: RFC 7845 5.1.
 */
export function parseOpusHead(bytes: Uint8Array): OpusParameters {
  const reader = new ByteReader(bytes, 'OpusHead');
  if (latin1FromBytes(reader.bytes(MAGIC.length)) !== MAGIC) throw new ParseError('OpusHead', 0, 'has another magic');
  const version = reader.u8();
  if (version >> 4 !== 0) throw new ParseError('OpusHead', MAGIC.length, `has the version ${version}`);
  const channelCount = reader.u8();
  if (channelCount === 0 || channelCount > MAX_CHANNELS) {
    throw new ParseError('OpusHead', MAGIC.length + 1, `has ${channelCount} channels`);
  }
  reader.skip(8); // pre-skip, input sample rate, gain
  if (reader.u8() === 0) return { channelCount };
  const streamCount = reader.u8();
  const coupledCount = reader.u8();
  const mapping = [...reader.bytes(channelCount)];
  return channelCount <= 2 ? { channelCount } : { channelCount, multistream: { streamCount, coupledCount, mapping } };
}

function writeLe16(writer: ByteWriter, value: number): void {
  writer.u8(value).u8(value >>> 8);
}
