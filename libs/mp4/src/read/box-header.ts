import { ByteReader, ParseError, latin1FromBytes } from '@mediamesh/bytes';
import { BOX_HEADER_BYTES, FULL_BOX_BYTES } from '../box.ts';

/** A header with a 64-bit size. */
export const MAX_BOX_HEADER_BYTES = 16;
const LARGE_SIZE = 1;

export interface BoxHeader {
  readonly type: string;
  readonly headerBytes: number;
  /** Of the whole box; undefined: up to the end of the file. */
  readonly sizeBytes: number | undefined;
}

/**
 * Shape:  undefined when the input ends inside the header.
 * Errors: ParseError when the size is smaller than the header, or exceeds 2^53.
 * Source: ISO 14496-12 4.2.
 */
export function parseBoxHeader(bytes: Uint8Array): BoxHeader | undefined {
  if (bytes.length < BOX_HEADER_BYTES) return undefined;
  const reader = new ByteReader(bytes, 'box');
  const size = reader.u32();
  const type = latin1FromBytes(reader.bytes(4));
  if (size === 0) return { type, headerBytes: BOX_HEADER_BYTES, sizeBytes: undefined };
  if (size === LARGE_SIZE && bytes.length < MAX_BOX_HEADER_BYTES) return undefined;
  const sizeBytes = size === LARGE_SIZE ? reader.u64() : size;
  if (sizeBytes < reader.position) throw new ParseError('box', 0, `${JSON.stringify(type)} has a size of ${sizeBytes}`);
  return { type, headerBytes: reader.position, sizeBytes };
}

export interface Box {
  readonly type: string;
  readonly content: Uint8Array;
}

/**
 * The boxes that stand one behind the other in a container, one level deep.
 *
 * Errors:   ParseError when a box exceeds its container.
 * Aliasing: contents are views of the input.
 */
export function* boxesIn(bytes: Uint8Array, structure: string): Generator<Box> {
  let at = 0;
  while (at < bytes.length) {
    const header = parseBoxHeader(bytes.subarray(at));
    const end = header ? at + (header.sizeBytes ?? bytes.length - at) : Number.POSITIVE_INFINITY;
    if (!header || end > bytes.length) throw new ParseError(structure, at, 'has a box that exceeds it');
    yield { type: header.type, content: bytes.subarray(at + header.headerBytes, end) };
    at = end;
  }
}

/** The first box of a type. */
export function findBox(bytes: Uint8Array, type: string, structure: string): Uint8Array | undefined {
  for (const box of boxesIn(bytes, structure)) if (box.type === type) return box.content;
  return undefined;
}

/** Errors: ParseError when there is none. */
export function requireBox(bytes: Uint8Array, type: string, structure: string): Uint8Array {
  const found = findBox(bytes, type, structure);
  if (!found) throw new ParseError(structure, 0, `has no ${type}`);
  return found;
}

/** A full box's version, flags, and a cursor behind them. */
export interface FullBox {
  readonly version: number;
  readonly flags: number;
  readonly reader: ByteReader;
}

export function readFullBox(content: Uint8Array, type: string): FullBox {
  const reader = new ByteReader(content, type);
  if (content.length < FULL_BOX_BYTES) throw new ParseError(type, 0, 'has no version and flags');
  return { version: reader.u8(), flags: reader.u24(), reader };
}
