import { ByteWriter } from '@mediamesh/bytes';
import { FLV_PREVIOUS_SIZE_BYTES, FLV_TAG_HEADER_BYTES } from './flv-reader.ts';
import type { FlvTag } from './flv-reader.ts';

/** Video and audio may follow; header of 9 bytes; no tag before the first. Source: FLV E.2. */
const FILE_HEADER = Uint8Array.of(0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0);

/** What a file begins with. */
export function serializeFlvHeader(): Uint8Array {
  return FILE_HEADER;
}

/** A tag with the size behind it. Source: FLV E.4.1. */
export function serializeFlvTag({ type, timestampMs, data }: FlvTag): Uint8Array {
  const writer = new ByteWriter(FLV_TAG_HEADER_BYTES + data.length + FLV_PREVIOUS_SIZE_BYTES).u8(type).u24(data.length);
  writer.u24(timestampMs & 0xff_ffff).u8(timestampMs >>> 24);
  return writer
    .u24(0)
    .bytes(data)
    .u32(FLV_TAG_HEADER_BYTES + data.length)
    .finish();
}
