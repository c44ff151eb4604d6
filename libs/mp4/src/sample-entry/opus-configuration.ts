import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { OPUS_CLOCK_RATE_HZ } from '@mediamesh/codecs';
import type { OpusSampleEntry } from './sample-entry.ts';

/** Samples that libopus' decoder needs to start, at its usual settings; live streams do not tell another number. */
export const OPUS_PRE_SKIP = 312;
/** Channels that mapping family 1 defines. */
const MAX_CHANNELS = 8;

/** Content of `dOps`. Source: Opus in ISOBMFF 4.3.2. */
export function serializeOpusConfiguration({ channelCount, preSkip, multistream }: OpusSampleEntry): Uint8Array {
  const writer = new ByteWriter(24).u8(0).u8(channelCount);
  writer.u16(preSkip).u32(OPUS_CLOCK_RATE_HZ).u16(0); // output gain
  writer.u8(multistream ? 1 : 0);
  if (multistream) writer.u8(multistream.streamCount).u8(multistream.coupledCount).bytes(Uint8Array.from(multistream.mapping));
  return writer.finish();
}

/**
 * Errors: ParseError when truncated, of another version, or without channels or with more than 8.
 * Source: Opus in ISOBMFF 4.3.2.
 */
export function parseOpusConfiguration(bytes: Uint8Array): OpusSampleEntry {
  const reader = new ByteReader(bytes, 'dOps');
  const version = reader.u8();
  if (version !== 0) throw new ParseError('dOps', 0, `has the version ${version}`);
  const channelCount = reader.u8();
  if (channelCount === 0 || channelCount > MAX_CHANNELS) throw new ParseError('dOps', 1, `has ${channelCount} channels`);
  const preSkip = reader.u16();
  reader.skip(6); // input sample rate, gain
  if (reader.u8() === 0) return { codec: 'Opus', channelCount, preSkip };
  const streamCount = reader.u8();
  const coupledCount = reader.u8();
  return { codec: 'Opus', channelCount, preSkip, multistream: { streamCount, coupledCount, mapping: [...reader.bytes(channelCount)] } };
}
