import { ByteReader, ParseError } from '@mediamesh/bytes';

/** Marker codes behind 0xff. Source: ITU-T T.81 table B.1. */
export const JPEG_MARKER = {
  startOfFrame0: 0xc0,
  startOfFrame1: 0xc1,
  startOfFrame2: 0xc2,
  defineHuffmanTables: 0xc4,
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  defineQuantizationTables: 0xdb,
  defineRestartInterval: 0xdd,
} as const;

/** Components of a frame: 3 of colour, or 4. */
const MAX_COMPONENTS = 4;

export interface JpegQuantizationTable {
  readonly id: number;
  /** 8 or 16 bits an entry. */
  readonly precisionBits: 8 | 16;
  /** 64 entries in zigzag order, as they are. */
  readonly values: Uint8Array;
}

export interface JpegComponent {
  readonly id: number;
  readonly horizontalSampling: number;
  readonly verticalSampling: number;
  readonly quantizationTableId: number;
}

/** A baseline image, as RFC 2435 carries its parts. */
export interface JpegImage {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** In the order of their definition. */
  readonly quantizationTables: readonly JpegQuantizationTable[];
  /** Minimum coded units; 0 without restart markers. */
  readonly restartInterval: number;
  /** Entropy-coded data behind the scan header, without the end marker. */
  readonly scan: Uint8Array;
}

/**
 * Errors:   ParseError without start marker, when a segment is truncated, when the image is progressive, or has no frame or scan.
 * Aliasing: tables and scan are views of the input.
 * Source:   ITU-T T.81 B.2.
 */
export function parseJpegImage(bytes: Uint8Array): JpegImage {
  const reader = new ByteReader(bytes, 'JPEG image');
  if (reader.u16() !== 0xff00 + JPEG_MARKER.startOfImage) throw new ParseError('JPEG image', 0, 'does not begin with its start marker');
  const quantizationTables: JpegQuantizationTable[] = [];
  let frame: Pick<JpegImage, 'width' | 'height' | 'components'> | undefined;
  let restartInterval = 0;
  for (;;) {
    const marker = readMarker(reader);
    const segment = readSegment(reader);
    if (marker === JPEG_MARKER.defineQuantizationTables) readTables(segment, quantizationTables);
    else if (marker === JPEG_MARKER.defineRestartInterval) restartInterval = segment.u16();
    else if (marker === JPEG_MARKER.startOfFrame0 || marker === JPEG_MARKER.startOfFrame1) frame = readFrame(segment);
    else if (marker === JPEG_MARKER.startOfFrame2) throw new ParseError('JPEG image', reader.position, 'is progressive');
    else if (marker === JPEG_MARKER.startOfScan) break;
  }
  if (!frame) throw new ParseError('JPEG image', reader.position, 'has a scan before its frame');
  return { ...frame, quantizationTables, restartInterval, scan: withoutEnd(reader.rest()) };
}

/** Fill bytes of 0xff may stand before a marker. */
function readMarker(reader: ByteReader): number {
  if (reader.u8() !== 0xff) throw new ParseError('JPEG image', reader.position - 1, 'has no marker where one must be');
  let code = reader.u8();
  while (code === 0xff) code = reader.u8();
  return code;
}

function readSegment(reader: ByteReader): ByteReader {
  const length = reader.u16();
  if (length < 2) throw new ParseError('JPEG image', reader.position - 2, `has a segment of ${length} bytes`);
  return new ByteReader(reader.bytes(length - 2), 'JPEG segment');
}

function readTables(segment: ByteReader, tables: JpegQuantizationTable[]): void {
  while (segment.remaining > 0) {
    const head = segment.u8();
    const precisionBits = head >> 4 === 0 ? 8 : 16;
    const table = { id: head & 0x0f, precisionBits, values: segment.bytes(8 * precisionBits) } as const;
    const at = tables.findIndex(({ id }) => id === table.id);
    if (at >= 0) tables[at] = table;
    else tables.push(table);
  }
}

function readFrame(segment: ByteReader): Pick<JpegImage, 'width' | 'height' | 'components'> {
  segment.skip(1); // precision
  const height = segment.u16();
  const width = segment.u16();
  const count = segment.u8();
  if (width === 0 || height === 0) throw new ParseError('JPEG frame header', 1, `is ${width}x${height}`);
  if (count === 0 || count > MAX_COMPONENTS) throw new ParseError('JPEG frame header', 5, `has ${count} components`);
  const components: JpegComponent[] = [];
  for (let i = 0; i < count; i++) {
    const id = segment.u8();
    const sampling = segment.u8();
    components.push({
      id,
      horizontalSampling: sampling >> 4,
      verticalSampling: sampling & 0x0f,
      quantizationTableId: segment.u8(),
    });
  }
  return { width, height, components };
}

/** Without the end marker and what follows it; some cameras leave it out, some pad behind it. */
function withoutEnd(scan: Uint8Array): Uint8Array {
  for (let i = scan.length - 2; i >= 0; i--) {
    if (scan[i] === 0xff && scan[i + 1] === JPEG_MARKER.endOfImage) return scan.subarray(0, i);
  }
  return scan;
}
