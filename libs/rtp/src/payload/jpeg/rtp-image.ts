import { ByteReader, ParseError, equalBytes } from '@mediamesh/bytes';
import { JPEG_MARKER, parseJpegImage } from '@mediamesh/codecs';
import type { JpegImage } from '@mediamesh/codecs';
import { STANDARD_HUFFMAN_TABLES } from './huffman-tables.ts';
import type { QuantizationTable } from './quantization-tables.ts';

const STRUCTURE = 'JPEG image for RTP';
const HUFFMAN_COUNTS_BYTES = 16;

/** RTP's 8 bits count blocks of 8 pixels. */
export const MAX_JPEG_PIXELS_A_SIDE = 2040;

/** What RTP carries of a JPEG image. */
export interface RtpJpegImage {
  readonly width: number;
  readonly height: number;
  /** 0: 4:2:2, 1: 4:2:0. Source: RFC 2435 4.1. */
  readonly type: 0 | 1;
  /** 0: no restart markers. */
  readonly restartInterval: number;
  /** Of luma, then of chroma. */
  readonly tables: readonly QuantizationTable[];
  readonly scan: Uint8Array;
}

/**
 * Errors:   ParseError when the image is malformed, or of a kind that RTP does not carry: other than three components in 4:2:2 or 4:2:0, Huffman tables that are not the standard's, or larger than MAX_JPEG_PIXELS_A_SIDE.
 * Aliasing: tables and scan are views.
 * Source:   RFC 2435 3, 4.1.
 */
export function parseRtpJpegImage(bytes: Uint8Array): RtpJpegImage {
  const image = parseJpegImage(bytes);
  const { width, height, restartInterval, scan } = image;
  if (width > MAX_JPEG_PIXELS_A_SIDE || height > MAX_JPEG_PIXELS_A_SIDE)
    throw new ParseError(STRUCTURE, 0, `is ${width}x${height}, RTP carries up to ${MAX_JPEG_PIXELS_A_SIDE} a side`);
  checkHuffmanTables(bytes.subarray(0, scan.byteOffset - bytes.byteOffset));
  return { width, height, type: typeOf(image), restartInterval, tables: tablesOf(image), scan };
}

function typeOf(image: JpegImage): 0 | 1 {
  const [luma, ...chroma] = image.components;
  const halved =
    chroma.length === 2 &&
    chroma.every(({ horizontalSampling, verticalSampling }) => horizontalSampling === 1 && verticalSampling === 1) &&
    luma?.horizontalSampling === 2;
  if (halved && luma.verticalSampling === 1) return 0;
  if (halved && luma.verticalSampling === 2) return 1;
  throw new ParseError(STRUCTURE, 0, 'is neither 4:2:2 nor 4:2:0');
}

function tablesOf(image: JpegImage): readonly QuantizationTable[] {
  const [luma, chroma, second] = image.components.map((component) => component.quantizationTableId);
  if (chroma !== second) throw new ParseError(STRUCTURE, 0, 'has a quantization table for each component');
  return [luma, chroma].map((id) => {
    const table = image.quantizationTables.find((candidate) => candidate.id === id);
    if (table === undefined) throw new ParseError(STRUCTURE, 0, 'misses a quantization table');
    return table.values;
  });
}

/** Receivers assume the standard's tables: with others, they would show garbage. */
function checkHuffmanTables(headers: Uint8Array): void {
  const reader = new ByteReader(headers, STRUCTURE, 2);
  while (reader.remaining > 0) {
    if (reader.u8() === 0xff && reader.input[reader.position] === 0xff) continue; // fill byte
    const marker = reader.u8();
    const segment = new ByteReader(reader.bytes(reader.u16() - 2), STRUCTURE);
    while (marker === JPEG_MARKER.defineHuffmanTables && segment.remaining > 0) checkHuffmanTable(segment);
  }
}

function checkHuffmanTable(segment: ByteReader): void {
  const classAndId = segment.u8();
  const start = segment.position;
  let values = 0;
  for (let i = 0; i < HUFFMAN_COUNTS_BYTES; i++) values += segment.u8();
  segment.skip(values);
  const codes = segment.input.subarray(start, segment.position);
  const standard = STANDARD_HUFFMAN_TABLES.find((table) => table.classAndId === classAndId);
  if (standard === undefined || !equalBytes(standard.codes, codes))
    throw new ParseError(STRUCTURE, start, 'has Huffman tables that are not the standard ones');
}
