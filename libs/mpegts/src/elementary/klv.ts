import { ByteReader, ParseError, concatBytes } from '@mediamesh/bytes';
import type { CodecDescription } from '@mediamesh/codecs';
import { NO_ELEMENTARY_UNITS } from './decoder.ts';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const CLOCK_RATE_HZ = 90_000;
const STRUCTURE = 'metadata access unit cell';
/** Service id, sequence number, flags, size. */
export const METADATA_CELL_HEADER_BYTES = 5;
/** Its size has 16 bits. */
export const MAX_METADATA_CELL_BYTES = 0xffff;
/** cell_fragment_indication: both in the only cell of a unit. */
export const METADATA_FRAGMENT = { last: 1, first: 2 } as const;

/** KLV: a unit a PES packet, where it is synchronous in one or several metadata access unit cells. Source: ISO 13818-1 2.12.4, MISB ST 1402. */
export class KlvDecoder implements ElementaryDecoder {
  readonly clockRateHz = CLOCK_RATE_HZ;
  readonly description: CodecDescription = { codec: 'KLV', parameters: {} };
  /** Asynchronous KLV has no times. */
  readonly isTimed: boolean;

  constructor(synchronous: boolean) {
    this.isTimed = synchronous;
  }

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    if (payload.length === 0) return NO_ELEMENTARY_UNITS;
    if (!this.isTimed) return [{ offsetTicks: 0, payload: [payload] }];
    return parseMetadataCells(payload).map((unit) => ({ offsetTicks: 0, payload: [unit] }));
  }
}

/**
 * The access units of a run of cells.
 * Errors: ParseError when truncated, or when a unit has no first or no last cell. Aliasing: units of one cell are views of the input.
 */
export function parseMetadataCells(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes, STRUCTURE);
  const units: Uint8Array[] = [];
  let cells: Uint8Array[] | undefined;
  while (reader.remaining > 0) {
    reader.skip(2);
    const fragment = reader.u8() >> 6;
    const cell = reader.bytes(reader.u16());
    if ((fragment & METADATA_FRAGMENT.first) !== 0) {
      if (cells !== undefined) throw new ParseError(STRUCTURE, reader.position, 'is a first one, and the unit before has no last one');
      cells = [];
    }
    if (cells === undefined) throw new ParseError(STRUCTURE, reader.position, 'is not the first of its unit');
    cells.push(cell);
    if ((fragment & METADATA_FRAGMENT.last) === 0) continue;
    units.push(cells.length === 1 ? cell : concatBytes(cells));
    cells = undefined;
  }
  if (cells !== undefined) throw new ParseError(STRUCTURE, reader.position, 'has no last one');
  return units;
}
