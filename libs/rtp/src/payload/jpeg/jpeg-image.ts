import { ByteReader, ParseError, equalBytes } from '@mediamesh/bytes';
import { STANDARD_HUFFMAN_TABLES } from './huffman-tables.ts';
import { TABLE_VALUES } from './quantization-tables.ts';
import type { QuantizationTable } from './quantization-tables.ts';

const STRUCTURE = 'JPEG for RTP';
const HUFFMAN_COUNTS_BYTES = 16;

const Marker = {
  sof0: 0xc0,
  dht: 0xc4,
  lastSof: 0xcf,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  jpg: 0xc8,
  dac: 0xcc,
} as const;

/** RTP's 8 bits count blocks of 8 pixels. */
export const MAX_JPEG_PIXELS_A_SIDE = 2040;

/** What RTP carries of a baseline JPEG. */
export interface JpegImage {
  readonly width: number;
  readonly height: number;
  /** 0: 4:2:2, 1: 4:2:0. Source: RFC 2435 4.1. */
  readonly type: 0 | 1;
  /** 0: no restart markers. */
  readonly restartInterval: number;
  readonly tables: readonly QuantizationTable[];
  /** Entropy-coded data, without the end of image. */
  readonly scan: Uint8Array;
}

/**
 * Errors:   ParseError when the image is malformed, or of a kind that RTP does not carry: not baseline, other than three components in 4:2:2 or 4:2:0, Huffman tables that are not the standard's, or larger than MAX_JPEG_PIXELS_A_SIDE.
 * Aliasing: tables and scan are views.
 * Source:   ITU-T T.81 B.2.
 */
export function parseJpegImage(bytes: Uint8Array): JpegImage {
  const reader = new ByteReader(bytes, STRUCTURE);
  if (reader.u16() !== 0xff00 + Marker.soi) throw new ParseError(STRUCTURE, 0, 'has no start of image');
  const tables: (QuantizationTable | undefined)[] = [];
  let frame: FrameHeader | undefined;
  let restartInterval = 0;
  for (;;) {
    const marker = nextMarker(reader);
    const segment = new ByteReader(reader.bytes(reader.u16() - 2), STRUCTURE);
    if (marker === Marker.dqt) readQuantizationTables(segment, tables);
    else if (marker === Marker.dht) checkHuffmanTables(segment);
    else if (marker === Marker.dri) restartInterval = segment.u16();
    else if (marker === Marker.sof0) frame = readFrameHeader(segment);
    else if (marker > Marker.sof0 && marker <= Marker.lastSof && marker !== Marker.jpg && marker !== Marker.dac)
      throw new ParseError(STRUCTURE, reader.position, 'is not baseline');
    else if (marker === Marker.sos) break;
  }
  if (frame === undefined) throw new ParseError(STRUCTURE, reader.position, 'has no frame header');
  const { width, height, type } = frame;
  return { width, height, type, restartInterval, tables: tablesOf(frame, tables), scan: scanOf(reader.rest()) };
}

interface FrameHeader {
  readonly width: number;
  readonly height: number;
  readonly type: 0 | 1;
  readonly lumaTable: number;
  readonly chromaTable: number;
}

function nextMarker(reader: ByteReader): number {
  if (reader.u8() !== 0xff) throw new ParseError(STRUCTURE, reader.position - 1, 'has no marker where one must be');
  let marker = reader.u8();
  while (marker === 0xff) marker = reader.u8();
  if (marker === Marker.eoi) throw new ParseError(STRUCTURE, reader.position, 'has no scan');
  return marker;
}

function readQuantizationTables(segment: ByteReader, tables: (QuantizationTable | undefined)[]): void {
  while (segment.remaining > 0) {
    const precisionAndId = segment.u8();
    tables[precisionAndId & 3] = segment.bytes(precisionAndId >> 4 === 0 ? TABLE_VALUES : TABLE_VALUES * 2);
  }
}

function checkHuffmanTables(segment: ByteReader): void {
  while (segment.remaining > 0) {
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
}

function readFrameHeader(segment: ByteReader): FrameHeader {
  if (segment.u8() !== 8) throw new ParseError(STRUCTURE, 0, 'has not 8 bits a sample');
  const height = segment.u16();
  const width = segment.u16();
  if (width === 0 || height === 0 || width > MAX_JPEG_PIXELS_A_SIDE || height > MAX_JPEG_PIXELS_A_SIDE)
    throw new ParseError(STRUCTURE, 0, `is ${width}x${height}, RTP carries up to ${MAX_JPEG_PIXELS_A_SIDE} a side`);
  if (segment.u8() !== 3) throw new ParseError(STRUCTURE, 0, 'has not three components');
  const [, lumaSampling, lumaTable] = [segment.u8(), segment.u8(), segment.u8()] as const;
  const [, firstSampling, chromaTable] = [segment.u8(), segment.u8(), segment.u8()] as const;
  const [, secondSampling, secondTable] = [segment.u8(), segment.u8(), segment.u8()] as const;
  const subsampled = (lumaSampling === 0x21 || lumaSampling === 0x22) && firstSampling === 0x11 && secondSampling === 0x11;
  if (!subsampled) throw new ParseError(STRUCTURE, 0, 'is neither 4:2:2 nor 4:2:0');
  if (secondTable !== chromaTable) throw new ParseError(STRUCTURE, 0, 'has a quantization table for each component');
  return { width, height, type: lumaSampling === 0x21 ? 0 : 1, lumaTable, chromaTable };
}

function tablesOf(frame: FrameHeader, tables: readonly (QuantizationTable | undefined)[]): readonly QuantizationTable[] {
  const luma = tables[frame.lumaTable];
  const chroma = tables[frame.chromaTable];
  if (luma === undefined || chroma === undefined) throw new ParseError(STRUCTURE, 0, 'misses a quantization table');
  return [luma, chroma];
}

/** Up to the end of image; senders pad behind it, and some leave it out. */
function scanOf(rest: Uint8Array): Uint8Array {
  for (let end = rest.lastIndexOf(Marker.eoi); end > 0; end = rest.lastIndexOf(Marker.eoi, end - 1)) {
    if (rest[end - 1] === 0xff) return rest.subarray(0, end - 1);
  }
  return rest;
}
