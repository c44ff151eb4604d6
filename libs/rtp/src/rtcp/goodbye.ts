import { bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

/** The length of the reason is one byte. */
export const MAX_GOODBYE_REASON_BYTES = 255;

/** Source: RFC 3550 6.6. */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

/** Errors: ParseError when truncated. */
export function parseGoodbye(reader: ByteReader, sourceCount: number): Goodbye {
  const ssrcs: number[] = [];
  for (let i = 0; i < sourceCount; i++) ssrcs.push(reader.u32());
  if (reader.remaining === 0) return { type: 'goodbye', ssrcs };
  return { type: 'goodbye', ssrcs, reason: utf8FromBytes(reader.bytes(reader.u8())) };
}

/** Errors: RangeError when the reason exceeds MAX_GOODBYE_REASON_BYTES. */
export function writeGoodbye(goodbye: Goodbye, writer: ByteWriter): void {
  for (const ssrc of goodbye.ssrcs) writer.u32(ssrc);
  if (goodbye.reason === undefined) return;
  const text = bytesFromUtf8(goodbye.reason);
  if (text.length > MAX_GOODBYE_REASON_BYTES)
    throw new RangeError(`the reason is ${text.length} bytes, more than ${MAX_GOODBYE_REASON_BYTES}`);
  writer.u8(text.length).bytes(text);
  while (writer.position % 4 !== 0) writer.u8(0);
}
