import { ByteWriter } from '@mediamesh/bytes';
import { HUFFMAN_SEGMENT } from './huffman-tables.ts';
import { TABLE_VALUES } from './quantization-tables.ts';
import type { QuantizationTable } from './quantization-tables.ts';
import type { JpegRtpHeader } from './rtp-header.ts';

const COMPONENTS = 3;

export const END_OF_IMAGE: Uint8Array = Uint8Array.of(0xff, 0xd9);

/** Everything of a JPEG image before its entropy-coded data. Source: RFC 2435 appendix B, ITU-T T.81 B.2. */
export function serializeJpegImageHeader(header: JpegRtpHeader, tables: readonly QuantizationTable[]): Uint8Array {
  const writer = new ByteWriter(1024);
  writer.u16(0xffd8);
  tables.forEach((table, id) => {
    const precision = table.length > TABLE_VALUES ? 1 : 0;
    writer.u16(0xffdb).u16(3 + table.length);
    writer.u8((precision << 4) | id).bytes(table);
  });
  if (header.restartInterval > 0) writer.u16(0xffdd).u16(4).u16(header.restartInterval);
  const chromaTable = tables.length > 1 ? 1 : 0;
  writer
    .u16(0xffc0)
    .u16(8 + COMPONENTS * 3)
    .u8(8)
    .u16(header.height)
    .u16(header.width)
    .u8(COMPONENTS);
  writer
    .u8(1)
    .u8(header.type === 0 ? 0x21 : 0x22)
    .u8(0);
  writer.u8(2).u8(0x11).u8(chromaTable);
  writer.u8(3).u8(0x11).u8(chromaTable);
  writer.bytes(HUFFMAN_SEGMENT);
  writer
    .u16(0xffda)
    .u16(6 + COMPONENTS * 2)
    .u8(COMPONENTS);
  writer.u8(1).u8(0x00).u8(2).u8(0x11).u8(3).u8(0x11);
  writer.u8(0).u8(63).u8(0); // spectral selection and approximation of baseline
  return writer.finish();
}
