import { bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

const END_ITEM = 0;
const CNAME_ITEM = 1;

/** The length of an item is one byte. */
export const MAX_CNAME_BYTES = 255;

/** Canonical names of sources; a source without one has an empty `cname`. Other items are skipped. Source: RFC 3550 6.5. */
export interface SourceDescription {
  readonly type: 'sourceDescription';
  readonly sources: readonly { readonly ssrc: number; readonly cname: string }[];
}

/** Errors: ParseError when a chunk is truncated. */
export function parseSourceDescription(reader: ByteReader, sourceCount: number): SourceDescription {
  const sources: { ssrc: number; cname: string }[] = [];
  for (let i = 0; i < sourceCount; i++) {
    const ssrc = reader.u32();
    let cname = '';
    for (;;) {
      const item = reader.u8();
      if (item === END_ITEM) break;
      const text = reader.bytes(reader.u8());
      if (item === CNAME_ITEM) cname = utf8FromBytes(text);
    }
    reader.skip(Math.min(-reader.position & 3, reader.remaining));
    sources.push({ ssrc, cname });
  }
  return { type: 'sourceDescription', sources };
}

/** Errors: RangeError when a name exceeds MAX_CNAME_BYTES. */
export function writeSourceDescription(description: SourceDescription, writer: ByteWriter): void {
  for (const { ssrc, cname } of description.sources) {
    const text = bytesFromUtf8(cname);
    if (text.length > MAX_CNAME_BYTES) throw new RangeError(`the CNAME is ${text.length} bytes, more than ${MAX_CNAME_BYTES}`);
    writer.u32(ssrc).u8(CNAME_ITEM).u8(text.length).bytes(text).u8(END_ITEM);
    while (writer.position % 4 !== 0) writer.u8(0);
  }
}
