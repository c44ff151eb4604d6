import { ParseError } from '@mediamesh/bytes';
import type { ByteReader } from '@mediamesh/bytes';
import { TABLE_VALUES } from './quantization-tables.ts';
import type { QuantizationTable } from './quantization-tables.ts';

const STRUCTURE = 'JPEG RTP payload';

export const JPEG_HEADER_BYTES = 8;
export const RESTART_HEADER_BYTES = 4;
export const TABLES_HEADER_BYTES = 4;

/** Added to the type when restart markers are in the scan, and their header in each packet. */
export const RESTART_TYPE = 64;

/** From here on the tables are in the first packet of a frame. */
export const FIRST_QUALITY_WITH_TABLES = 128;

/** Tables that change with each frame: they are never left out. */
export const QUALITY_OF_CHANGING_TABLES = 255;

/** The tables of luma and chroma are used; more are skipped. */
const MAX_TABLES = 2;

/** Source: RFC 2435 3.1. */
export interface JpegRtpHeader {
  readonly fragmentOffset: number;
  readonly type: number;
  readonly quality: number;
  readonly width: number;
  readonly height: number;
  /** 0: no restart markers. */
  readonly restartInterval: number;
}

/** Errors: ParseError when truncated, of another type, or without a size. */
export function parseJpegRtpHeader(reader: ByteReader): JpegRtpHeader {
  reader.skip(1); // type-specific: interlacing, which decoders ignore
  const fragmentOffset = reader.u24();
  const typeAndRestart = reader.u8();
  const type = typeAndRestart & ~RESTART_TYPE;
  if (type > 1) throw new ParseError(STRUCTURE, 4, `is of type ${typeAndRestart}`);
  const quality = reader.u8();
  if (quality === 0 || (quality > 99 && quality < FIRST_QUALITY_WITH_TABLES))
    throw new ParseError(STRUCTURE, 5, `has the quality ${quality}`);
  const width = reader.u8() * 8;
  const height = reader.u8() * 8;
  if (width === 0 || height === 0) throw new ParseError(STRUCTURE, 6, 'has no size');
  let restartInterval = 0;
  if ((typeAndRestart & RESTART_TYPE) !== 0) {
    restartInterval = reader.u16();
    reader.skip(2); // first, last, count
  }
  return { fragmentOffset, type, quality, width, height, restartInterval };
}

/**
 * The tables in the first packet of a frame; none when the sender leaves them out since they did not change.
 *
 * Errors:   ParseError when truncated.
 * Aliasing: the tables are views.
 * Source:   RFC 2435 3.1.8.
 */
export function parseJpegRtpTables(reader: ByteReader): readonly QuantizationTable[] {
  reader.skip(1);
  const precision = reader.u8();
  const bytes = reader.bytes(reader.u16());
  const tables: QuantizationTable[] = [];
  for (let at = 0; at < bytes.length && tables.length < MAX_TABLES;) {
    const end = at + ((precision >> tables.length) & 1 ? TABLE_VALUES * 2 : TABLE_VALUES);
    if (end > bytes.length) throw new ParseError(STRUCTURE, at, 'a quantization table is truncated');
    tables.push(bytes.subarray(at, end));
    at = end;
  }
  return tables;
}
