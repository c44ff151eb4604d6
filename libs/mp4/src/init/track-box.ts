import { ByteWriter, bytesFromLatin1 } from '@mediamesh/bytes';
import { box, fullBox } from '../box.ts';
import { serializeSampleEntry } from '../sample-entry/serialize-sample-entry.ts';
import type { SampleEntry } from '../sample-entry/sample-entry.ts';
import { visualSizeOf } from '../sample-entry/visual-size.ts';
import { UNITY_MATRIX } from './movie-header.ts';

/** Undetermined (ISO 639-2). */
const NO_LANGUAGE = 'und';
const ENABLED_AND_IN_MOVIE = 3;
const FULL_VOLUME = 0x0100;

export interface Mp4Track {
  /** From 1 on. */
  readonly id: number;
  /** Ticks a second of all its times. */
  readonly timescale: number;
  readonly entry: SampleEntry;
  /** Three letters of ISO 639-2; absent: undetermined. */
  readonly language?: string;
}

/** A track without samples: they are in fragments. Source: ISO 14496-12 8.3. */
export function trackBox(track: Mp4Track): Uint8Array {
  const video = visualSizeOf(track.entry) !== undefined;
  const media = box(
    'mdia',
    mediaHeader(track),
    handler(video),
    box('minf', video ? videoMediaHeader() : soundMediaHeader(), dataInformation(), sampleTable(track.entry)),
  );
  return box('trak', trackHeader(track), media);
}

/** Creation and modification times stay 0, so that the same tracks give the same bytes. */
function trackHeader({ id, entry }: Mp4Track): Uint8Array {
  const size = visualSizeOf(entry);
  const writer = new ByteWriter(80).u32(0).u32(0).u32(id).u32(0).u32(0); // duration: that of the fragments
  writer
    .u32(0)
    .u32(0)
    .u16(0)
    .u16(size ? 0 : 1); // layer; sounds are alternatives of each other
  writer
    .u16(size ? 0 : FULL_VOLUME)
    .u16(0)
    .bytes(UNITY_MATRIX);
  writer.u16(size?.width ?? 0).u16(0);
  writer.u16(size?.height ?? 0).u16(0);
  return fullBox('tkhd', 0, ENABLED_AND_IN_MOVIE, writer.finish());
}

function mediaHeader({ timescale, language = NO_LANGUAGE }: Mp4Track): Uint8Array {
  const writer = new ByteWriter(20).u32(0).u32(0).u32(timescale).u32(0);
  return fullBox('mdhd', 0, 0, writer.u16(packedLanguage(language)).u16(0).finish());
}

/** Three letters in five bits each. */
function packedLanguage(language: string): number {
  const letters = /^[a-z]{3}$/.test(language) ? language : NO_LANGUAGE;
  let packed = 0;
  for (let i = 0; i < 3; i++) packed = (packed << 5) | (letters.charCodeAt(i) - 0x60);
  return packed;
}

function handler(video: boolean): Uint8Array {
  const writer = new ByteWriter(40)
    .u32(0)
    .bytes(bytesFromLatin1(video ? 'vide' : 'soun'))
    .u32(0)
    .u32(0)
    .u32(0);
  return fullBox('hdlr', 0, 0, writer.bytes(bytesFromLatin1(video ? 'VideoHandler\0' : 'SoundHandler\0')).finish());
}

function videoMediaHeader(): Uint8Array {
  return fullBox('vmhd', 0, 1, new Uint8Array(8));
}

function soundMediaHeader(): Uint8Array {
  return fullBox('smhd', 0, 0, new Uint8Array(4));
}

/** Samples are in this very file. */
function dataInformation(): Uint8Array {
  return box('dinf', fullBox('dref', 0, 0, Uint8Array.of(0, 0, 0, 1), fullBox('url ', 0, 1)));
}

function sampleTable(entry: SampleEntry): Uint8Array {
  const none = new Uint8Array(4);
  return box(
    'stbl',
    fullBox('stsd', 0, 0, Uint8Array.of(0, 0, 0, 1), serializeSampleEntry(entry)),
    fullBox('stts', 0, 0, none),
    fullBox('stsc', 0, 0, none),
    fullBox('stsz', 0, 0, none, none),
    fullBox('stco', 0, 0, none),
  );
}
