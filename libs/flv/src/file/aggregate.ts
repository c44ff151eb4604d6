import { ByteReader, ParseError } from '@mediamesh/bytes';
import { FLV_PREVIOUS_SIZE_BYTES, readFlvTagHeader } from './flv-reader.ts';
import type { FlvTag } from './flv-reader.ts';

/** Tags of an aggregate message: servers that send them put some tenths of a second into one. */
export const MAX_AGGREGATED_TAGS = 1_024;

/**
 * The messages inside an aggregate message. The first has the time of the aggregate itself, the others follow at their distances.
 *
 * Errors:   ParseError when truncated or at MAX_AGGREGATED_TAGS.
 * Aliasing: data are views of the input.
 * Source:   RTMP 7.1.6.
 */
export function parseAggregate(bytes: Uint8Array, timestampMs: number): readonly FlvTag[] {
  const reader = new ByteReader(bytes, 'aggregate message');
  const tags: FlvTag[] = [];
  let offsetMs: number | undefined;
  while (reader.remaining > 0) {
    if (tags.length === MAX_AGGREGATED_TAGS) {
      throw new ParseError(reader.structure, reader.position, `has more than ${MAX_AGGREGATED_TAGS} messages`);
    }
    const header = readFlvTagHeader(reader);
    offsetMs ??= timestampMs - header.timestampMs;
    const data = reader.bytes(header.sizeBytes);
    // Some servers leave out the size behind the last one.
    reader.skip(Math.min(FLV_PREVIOUS_SIZE_BYTES, reader.remaining));
    tags.push({ type: header.type, timestampMs: (header.timestampMs + offsetMs) >>> 0, data });
  }
  return tags;
}
