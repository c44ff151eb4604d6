import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import { sectionCrc } from './crc.ts';

export const PAT_PID = 0;
const PAT_TABLE = 0;
const PMT_TABLE = 2;
const CRC_BYTES = 4;
/** table_id_extension, version, section numbers. */
const SECTION_OVERHEAD = 5;

export interface Program {
  readonly number: number;
  readonly pmtPid: number;
}

export interface Descriptor {
  readonly tag: number;
  readonly data: Uint8Array;
}

export interface ElementaryStream {
  readonly pid: number;
  readonly streamType: number;
  readonly descriptors: readonly Descriptor[];
}

export interface ProgramMap {
  readonly programNumber: number;
  readonly pcrPid: number;
  readonly streams: readonly ElementaryStream[];
}

/**
 * Programs of a program association section; undefined for a section of another table.
 * Errors: ParseError when truncated. Source: ISO 13818-1 2.4.4.3. The network's PID (program 0) is left out.
 */
export function parsePat(section: Uint8Array): readonly Program[] | undefined {
  const reader = bodyOf(section, PAT_TABLE, 'program association section');
  if (reader === undefined) return undefined;
  reader.skip(SECTION_OVERHEAD);
  const programs: Program[] = [];
  while (reader.remaining > 0) {
    const number = reader.u16();
    const pmtPid = reader.u16() & 0x1fff;
    if (number !== 0) programs.push({ number, pmtPid });
  }
  return programs;
}

/** As `parsePat`, of a program map section. Source: ISO 13818-1 2.4.4.8. */
export function parsePmt(section: Uint8Array): ProgramMap | undefined {
  const reader = bodyOf(section, PMT_TABLE, 'program map section');
  if (reader === undefined) return undefined;
  const programNumber = reader.u16();
  reader.skip(SECTION_OVERHEAD - 2);
  const pcrPid = reader.u16() & 0x1fff;
  reader.skip(reader.u16() & 0x0fff);
  const streams: ElementaryStream[] = [];
  while (reader.remaining > 0) {
    const streamType = reader.u8();
    const pid = reader.u16() & 0x1fff;
    const info = reader.bytes(reader.u16() & 0x0fff);
    streams.push({ pid, streamType, descriptors: parseDescriptors(info) });
  }
  return { programNumber, pcrPid, streams };
}

function parseDescriptors(bytes: Uint8Array): Descriptor[] {
  const reader = new ByteReader(bytes, 'MPEG-TS descriptors');
  const descriptors: Descriptor[] = [];
  while (reader.remaining > 0) {
    const tag = reader.u8();
    descriptors.push({ tag, data: reader.bytes(reader.u8()) });
  }
  return descriptors;
}

function bodyOf(section: Uint8Array, table: number, structure: string): ByteReader | undefined {
  if (section[0] !== table) return undefined;
  if (section.length < 3 + SECTION_OVERHEAD + CRC_BYTES) throw new ParseError(structure, section.length, 'is truncated');
  return new ByteReader(section.subarray(0, section.length - CRC_BYTES), structure, 3);
}

export function serializePat(programs: readonly Program[]): Uint8Array {
  const body = new ByteWriter();
  for (const { number, pmtPid } of programs) body.u16(number).u16(0xe000 | pmtPid);
  return section(PAT_TABLE, 1, body.finish());
}

export function serializePmt({ programNumber, pcrPid, streams }: ProgramMap): Uint8Array {
  const body = new ByteWriter();
  body.u16(0xe000 | pcrPid).u16(0xf000);
  for (const { streamType, pid, descriptors } of streams) {
    const size = descriptors.reduce((sum, { data }) => sum + 2 + data.length, 0);
    body
      .u8(streamType)
      .u16(0xe000 | pid)
      .u16(0xf000 | size);
    for (const { tag, data } of descriptors) body.u8(tag).u8(data.length).bytes(data);
  }
  return section(PMT_TABLE, programNumber, body.finish());
}

function section(table: number, extension: number, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(table).u16(0xb000 | (SECTION_OVERHEAD + body.length + CRC_BYTES));
  writer.u16(extension).u8(0xc1).u16(0).bytes(body); // version 0, current, section 0 of 0
  writer.u32(sectionCrc(writer.finish()));
  return writer.finish();
}
